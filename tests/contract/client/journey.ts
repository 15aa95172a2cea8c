// Reads the whole journey of one learner by a client that is generated from the contract alone.
import createClient from "openapi-fetch";
import type { paths } from "./contract.js";

const [url = "", token = ""] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

function told<T>(answer: { data?: T; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.url}: ${answer.response.status}`);
  return answer.data;
}

const enrolments = told(await api.GET("/api/v1/enrolment/mine"));
const charges = told(await api.GET("/api/v1/finance/charges/mine"));
const attempts = told(await api.GET("/api/v1/exams/mine"));
const credentials = told(await api.GET("/api/v1/credentials/mine"));
const pathways = told(await api.GET("/api/v1/pathways/mine", { params: { query: { on: "2018-10-03" } } }));
const applications = told(await api.GET("/api/v1/admissions/applications"));
const awards = told(await api.GET("/api/v1/recognition/awards/mine"));
const plans = told(await api.GET("/api/v1/recognition/plans/mine"));

const paid: number = charges.reduce((sum, charge) => sum + charge.amount.minor, 0);
const tracks: ("audit" | "verified")[] = enrolments.map((enrolment) => enrolment.track);
console.log(
  JSON.stringify({
    tracks,
    paid,
    attempts: attempts.map((attempt) => attempt.outcome),
    credentials: credentials.map((credential) => credential.type),
    pathways: pathways.filter((audit) => audit.outcome === "met").map((audit) => audit.agreement),
    applications: applications.map((application) => application.state),
    credits: awards.map((award) => award.credits),
    degrees: plans.map((plan) => [plan.title, plan.places.length]),
  }),
);
