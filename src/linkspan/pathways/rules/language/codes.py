"""Names that mean one thing: countries, fields of study and tests, each by a code with the other names it goes by.

Two names of a list are the same or they are not. A name that stands in no list may mean anything, so that a comparison
with it is unknown and a person looks; it never refuses anybody. Letter case, dots, hyphens and underscores count not.
Sources: ISO 3166-1 (codes, usual English names), the detailed fields of ISCED-F 2013, the test makers' own names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

COUNTRIES = """
AD, AND, Andorra; AE, ARE, United Arab Emirates; AF, AFG, Afghanistan; AG, ATG, Antigua & Barbuda; AI, AIA, Anguilla;
AL, ALB, Albania; AM, ARM, Armenia; AO, AGO, Angola; AQ, ATA, Antarctica; AR, ARG, Argentina; AS, ASM, American Samoa;
AT, AUT, Austria; AU, AUS, Australia; AW, ABW, Aruba; AX, ALA, Åland Islands; AZ, AZE, Azerbaijan; BA, BIH, Bosnia &
Herzegovina; BB, BRB, Barbados; BD, BGD, Bangladesh; BE, BEL, Belgium; BF, BFA, Burkina Faso; BG, BGR, Bulgaria; BH,
BHR, Bahrain; BI, BDI, Burundi; BJ, BEN, Benin; BL, BLM, St. Barthélemy; BM, BMU, Bermuda; BN, BRN, Brunei; BO, BOL,
Bolivia; BQ, BES, Caribbean Netherlands; BR, BRA, Brazil; BS, BHS, Bahamas; BT, BTN, Bhutan; BV, BVT, Bouvet Island;
BW, BWA, Botswana; BY, BLR, Belarus; BZ, BLZ, Belize; CA, CAN, Canada; CC, CCK, Cocos (Keeling) Islands; CD, COD,
Congo - Kinshasa, DR Congo, Democratic Republic of the Congo; CF, CAF, Central African Republic; CG, COG, Congo -
Brazzaville, Republic of the Congo; CH, CHE, Switzerland; CI, CIV, Côte d'Ivoire, Ivory Coast; CK, COK, Cook Islands;
CL, CHL, Chile; CM, CMR, Cameroon; CN, CHN, China, People's Republic of China; CO, COL, Colombia; CR, CRI, Costa Rica;
CU, CUB, Cuba; CV, CPV, Cape Verde, Cabo Verde; CW, CUW, Curaçao; CX, CXR, Christmas Island; CY, CYP, Cyprus; CZ, CZE,
Czechia, Czech Republic; DE, DDR, Germany; DJ, DJI, Djibouti; DK, DNK, Denmark; DM, DMA, Dominica; DO, DOM, Dominican
Republic; DZ, DZA, Algeria; EC, ECU, Ecuador; EE, EST, Estonia; EG, EGY, Egypt; EH, ESH, Western Sahara; ER, ERI,
Eritrea; ES, ESP, Spain; ET, ETH, Ethiopia; FI, FIN, Finland; FJ, FJI, Fiji; FK, FLK, Falkland Islands; FM, FSM,
Micronesia; FO, FRO, Faroe Islands; FR, FRA, France; GA, GAB, Gabon; GB, GBR, United Kingdom, UK, Great Britain,
England, Scotland, Wales, Northern Ireland; GD, GRD, Grenada; GE, GEO, Georgia; GF, GUF, French Guiana; GG, GGY,
Guernsey; GH, GHA, Ghana; GI, GIB, Gibraltar; GL, GRL, Greenland; GM, GMB, Gambia; GN, GIN, Guinea; GP, GLP,
Guadeloupe; GQ, GNQ, Equatorial Guinea; GR, GRC, Greece; GS, SGS, South Georgia & South Sandwich Islands; GT, GTM,
Guatemala; GU, GUM, Guam; GW, GNB, Guinea-Bissau; GY, GUY, Guyana; HK, HKG, Hong Kong SAR China, Hong Kong; HM, HMD,
Heard & McDonald Islands; HN, HND, Honduras; HR, HRV, Croatia; HT, HTI, Haiti; HU, HUN, Hungary; ID, IDN, Indonesia;
IE, IRL, Ireland, Republic of Ireland; IL, ISR, Israel; IM, IMN, Isle of Man; IN, IND, India; IO, IOT, British Indian
Ocean Territory; IQ, IRQ, Iraq; IR, IRN, Iran, Islamic Republic of Iran; IS, ISL, Iceland; IT, ITA, Italy; JE, JEY,
Jersey; JM, JAM, Jamaica; JO, JOR, Jordan; JP, JPN, Japan; KE, KEN, Kenya; KG, KGZ, Kyrgyzstan; KH, KHM, Cambodia; KI,
KIR, Kiribati; KM, COM, Comoros; KN, KNA, St. Kitts & Nevis; KP, PRK, North Korea; KR, KOR, South Korea, Republic of
Korea, Korea; KW, KWT, Kuwait; KY, CYM, Cayman Islands; KZ, KAZ, Kazakhstan; LA, LAO, Laos, Lao PDR; LB, LBN, Lebanon;
LC, LCA, St. Lucia; LI, LIE, Liechtenstein; LK, LKA, Sri Lanka; LR, LBR, Liberia; LS, LSO, Lesotho; LT, LTU,
Lithuania; LU, LUX, Luxembourg; LV, LVA, Latvia; LY, LBY, Libya; MA, MAR, Morocco; MC, MCO, Monaco; MD, MDA, Moldova;
ME, MNE, Montenegro; MF, MAF, St. Martin; MG, MDG, Madagascar; MH, MHL, Marshall Islands; MK, MKD, North Macedonia,
Macedonia; ML, MLI, Mali; MM, BUR, Myanmar (Burma), Burma; MN, MNG, Mongolia; MO, MAC, Macao SAR China, Macau, Macao;
MP, MNP, Northern Mariana Islands; MQ, MTQ, Martinique; MR, MRT, Mauritania; MS, MSR, Montserrat; MT, MLT, Malta; MU,
MUS, Mauritius; MV, MDV, Maldives; MW, MWI, Malawi; MX, MEX, Mexico; MY, MYS, Malaysia; MZ, MOZ, Mozambique; NA, NAM,
Namibia; NC, NCL, New Caledonia; NE, NER, Niger; NF, NFK, Norfolk Island; NG, NGA, Nigeria; NI, NIC, Nicaragua; NL,
NLD, Netherlands, The Netherlands, Holland; NO, NOR, Norway; NP, NPL, Nepal; NR, NRU, Nauru; NU, NIU, Niue; NZ, NZL,
New Zealand; OM, OMN, Oman; PA, PAN, Panama; PE, PER, Peru; PF, PYF, French Polynesia; PG, PNG, Papua New Guinea; PH,
PHL, Philippines; PK, PAK, Pakistan; PL, POL, Poland; PM, SPM, St. Pierre & Miquelon; PN, PCN, Pitcairn Islands; PR,
PRI, Puerto Rico; PS, PSE, Palestinian Territories, Palestine; PT, PRT, Portugal; PW, PLW, Palau; PY, PRY, Paraguay;
QA, QAT, Qatar; RE, REU, Réunion; RO, ROU, Romania; RS, SRB, Serbia; RU, RUS, Russia, Russian Federation; RW, RWA,
Rwanda; SA, SAU, Saudi Arabia; SB, SLB, Solomon Islands; SC, SYC, Seychelles; SD, SDN, Sudan; SE, SWE, Sweden; SG,
SGP, Singapore; SH, SHN, St. Helena; SI, SVN, Slovenia; SJ, SJM, Svalbard & Jan Mayen; SK, SVK, Slovakia; SL, SLE,
Sierra Leone; SM, SMR, San Marino; SN, SEN, Senegal; SO, SOM, Somalia; SR, SUR, Suriname; SS, SSD, South Sudan; ST,
STP, São Tomé & Príncipe; SV, SLV, El Salvador; SX, SXM, Sint Maarten; SY, SYR, Syria, Syrian Arab Republic; SZ, SWZ,
Eswatini, Swaziland; TC, TCA, Turks & Caicos Islands; TD, TCD, Chad; TF, ATF, French Southern Territories; TG, TGO,
Togo; TH, THA, Thailand; TJ, TJK, Tajikistan; TK, TKL, Tokelau; TL, TLS, Timor-Leste; TM, TKM, Turkmenistan; TN, TUN,
Tunisia; TO, TON, Tonga; TR, TUR, Türkiye, Turkey; TT, TTO, Trinidad & Tobago; TV, TUV, Tuvalu; TW, TWN, Taiwan; TZ,
TZA, Tanzania; UA, UKR, Ukraine; UG, UGA, Uganda; UM, UMI, U.S. Outlying Islands; US, USA, United States, USA, United
States of America, U.S., U.S.A., America; UY, URY, Uruguay; UZ, UZB, Uzbekistan; VA, VAT, Vatican City; VC, VCT, St.
Vincent & Grenadines; VE, VEN, Venezuela; VG, VGB, British Virgin Islands; VI, VIR, U.S. Virgin Islands; VN, VNM,
Vietnam, Viet Nam; VU, VUT, Vanuatu; WF, WLF, Wallis & Futuna; WS, WSM, Samoa; YE, YMD, Yemen; YT, MYT, Mayotte; ZA,
ZAF, South Africa; ZM, ZMB, Zambia; ZW, ZWE, Zimbabwe
"""
FIELDS = """
education: education science, educational sciences; teaching: teacher training; arts: art; fine arts; music; theatre:
drama; dance; fashion design; industrial design; graphic design; design; film: film studies; media: media studies;
history; archaeology; philosophy; ethics; theology: divinity; religious studies: religion; languages: modern
languages; literature; comparative literature; english: english studies; linguistics; economics: economic science;
econometrics; politics: political science, political sciences, government; international relations; psychology;
sociology; anthropology; cultural studies; social sciences: social science; geography; journalism; communication:
communications, communication studies; library science: library and information science; information science;
accounting: accountancy; taxation; banking; insurance; finance; financial engineering; management; business
administration: business, business studies, mba; business management; public administration; public policy; public
management; leadership; service innovation; marketing; marketing science; advertising; human resources: human resource
management; entrepreneurship; innovation; development: development studies, international development; development
policy; global development practice; law: laws, legal studies, jurisprudence; biology: biological sciences, biological
science; life sciences: life science; biochemistry; molecular biology; genetics; neuroscience; environmental science:
environmental sciences; environmental studies; sustainability; sustainable energy; energy: energy studies; ecology;
chemistry: chemical sciences; earth science: earth sciences, geosciences; geology; physics; applied physics;
astronomy; mathematics: maths, math; applied mathematics; statistics; applied statistics; biostatistics; data science;
statistics and data science; business analytics; analytics: data analytics; computer science: computing, computer
sciences, informatics; information technology: it; information systems; software engineering: software development;
artificial intelligence; machine learning; cybersecurity: cyber security, information security; robotics; chemical
engineering; process engineering; electrical engineering; electronics: electronic engineering; electrical and
electronic engineering; mechanical engineering; mechatronics; manufacturing: manufacturing engineering; production
engineering; industrial engineering; systems engineering; operations research: operational research; management
science; management science and engineering; aerospace engineering: aeronautics; automotive engineering; materials
science: materials engineering; metallurgy; mining: mining engineering; civil engineering; structural engineering;
construction; architecture; urban planning: town planning; biomedical engineering: bioengineering; engineering; supply
chain management: supply chain, scm; logistics; transport: transportation; agriculture; agronomy; horticulture;
forestry; fisheries; veterinary medicine: veterinary science; dentistry; medicine: human medicine; nursing; midwifery;
nursing and midwifery; pharmacy; pharmacology; physiotherapy: physical therapy; occupational therapy; public health;
global health; epidemiology; health sciences: health science; nutrition: dietetics; social work; counselling:
counseling; sport: sports, sports science, sport science; hospitality: hotel management, hospitality management;
tourism; military science: defence studies; criminology; criminal justice
"""
TESTS = """
TOEFL: TOEFL iBT, TOEFL internet-based test, Test of English as a Foreign Language; TOEFL PBT: TOEFL paper-based test;
TOEFL ITP; TOEFL Essentials; IELTS: IELTS Academic, International English Language Testing System; IELTS General
Training; Duolingo: Duolingo English Test, DET; PTE: PTE Academic, Pearson Test of English, Pearson PTE; Cambridge C1:
C1 Advanced, Cambridge Advanced, CAE; Cambridge C2: C2 Proficiency, Cambridge Proficiency, CPE; Cambridge B2: B2
First, FCE; TOEIC; OET: Occupational English Test; Trinity ISE; MET: Michigan English Test; ECPE; GRE: GRE General,
GRE General Test, Graduate Record Examinations; GMAT: GMAT Focus, Graduate Management Admission Test; LSAT; MCAT; SAT;
ACT; DELE; SIELE; DELF; DALF; TCF; TestDaF; DSH; Goethe-Zertifikat; HSK; JLPT; TOPIK; CELPIP; STANAG 6001
"""
CAPITALS, SMALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
#: What is written for what before two names are compared; SQL does the same (`engines.sql`).
WRITTEN = (("_", " "), ("-", " "), (".", ""), ("&", "and"))
_LOWER = str.maketrans(CAPITALS, SMALL)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list: `codes` gives the code of each name, folded (`fold`)."""

    title: str
    codes: Mapping[str, str]

    def code(self, name: str) -> str | None:
        """The code of a name; None if the list has no such."""
        return self.codes.get(fold(name))

    def names(self, code: str) -> list[str]:
        """Every name of a code, folded."""
        return [name for name, held in self.codes.items() if held == code]


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A name as it is compared."""
    for written, meant in WRITTEN:
        name = name.replace(written, meant)
    return name.translate(_LOWER).strip(" ")


def _read(title: str, text: str, between: str) -> CodeList:
    found: dict[str, str] = {}
    for entry in " ".join(text.split()).split("; "):
        code, _, others = entry.partition(between)
        for name in (code, *(others.split(", ") if others else ())):
            found.setdefault(fold(name), code)
    return CodeList(title, found)


LISTS: Mapping[str, CodeList] = {
    "countries": _read("countries", COUNTRIES, ", "),
    "fields": _read("fields of study", FIELDS, ": "),
    "tests": _read("tests", TESTS, ": "),
}


def list_of(path: str, rows: str) -> CodeList | None:
    """The list by which the value at a path is compared, if it has one; `rows` is the list whose row it is in."""
    last = path.rpartition(".")[2]
    if last in ("country", "residence"):
        return LISTS["countries"]
    if last == "field":
        return LISTS["fields"]
    inside = rows.rstrip(".").rpartition(".")[2]
    return LISTS["tests"] if last == "name" and inside == "tests" and not path.startswith("^.") else None
