// A wallet made of @openid4vc (OpenID4VCI, OAuth 2.0, OpenID4VP) and jose, which share no code with ours.
// Standard input: one JSON a line, first what to do. Output: one JSON a line; {"go": address} asks for what the browser
// brings back, the address of which is the next line. The last line is what the wallet has then, or {"refused": why}.
import {createHash, randomBytes} from 'node:crypto';
import {createInterface} from 'node:readline';
import {
  clientAuthenticationAnonymous, clientAuthenticationNone, setGlobalConfig as oauthConfig
} from '@openid4vc/oauth2';
import {Openid4vciClient, Openid4vciWalletProvider, setGlobalConfig} from '@openid4vc/openid4vci';
import {Openid4vpClient} from '@openid4vc/openid4vp';
import * as jose from 'jose';

for (const set of [setGlobalConfig, oauthConfig]) set({allowInsecureUrls: true});
const base64url = bytes => Buffer.from(bytes).toString('base64url');
const say = told => console.log(JSON.stringify(told));
const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const hear = async () => (await lines.next()).value;
const asked = JSON.parse(await hear());
const alg = asked.alg ?? 'ES256';
const algorithms = {Ed25519: 'Ed25519', ES256: 'ES256', ES384: 'ES384', EdDSA: 'Ed25519'};

async function newKey(use) {
  const pair = await jose.generateKeyPair(use, {extractable: true});
  return {alg: use, privateKey: pair.privateKey, publicJwk: await jose.exportJWK(pair.publicKey)};
}
const keys = new Map();
const remember = key => { keys.set(JSON.stringify(key.publicJwk), key); return key; };
const signerOf = key => ({method: 'jwk', alg: key.alg, publicJwk: key.publicJwk});

/** The key of a DID document, which the verifier serves itself in this test, or of a did:key of Ed25519. */
async function keyOf(signer) {
  if (signer.method === 'jwk') return signer.publicJwk;
  if (signer.method === 'x5c') {
    const pem = `-----BEGIN CERTIFICATE-----\n${signer.x5c[0]}\n-----END CERTIFICATE-----`;
    return jose.exportJWK(await jose.importX509(pem, signer.alg, {extractable: true}));
  }
  if (signer.method === 'did' && asked.dids?.[signer.didUrl]) return asked.dids[signer.didUrl];
  throw new Error(`no key for ${JSON.stringify(signer)}`);
}
const callbacks = {
  hash: (data, name) => createHash(name.replace('-', '')).update(data).digest(),
  generateRandom: size => randomBytes(size),
  clientAuthentication: asked.clientId
    ? clientAuthenticationNone({clientId: asked.clientId}) : clientAuthenticationAnonymous(),
  signJwt: async (signer, {header, payload}) => {
    const key = keys.get(JSON.stringify(signer.publicJwk));
    const jwt = await new jose.SignJWT(payload).setProtectedHeader(header).sign(key.privateKey);
    return {jwt, signerJwk: key.publicJwk};
  },
  verifyJwt: async (signer, {compact}) => {
    const signerJwk = await keyOf(signer);
    const key = await jose.importJWK(signerJwk, algorithms[signer.alg]);
    try {
      await jose.compactVerify(compact, key);
    } catch {
      return {verified: false};
    }
    return {verified: true, signerJwk};
  },
  encryptJwe: async (encryptor, text) => {
    const header = {alg: encryptor.alg, enc: encryptor.enc, kid: encryptor.publicJwk.kid};
    const key = await jose.importJWK(encryptor.publicJwk, encryptor.alg);
    const jwe = await new jose.CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(key);
    return {jwe, encryptionJwk: encryptor.publicJwk};
  },
  decryptJwe: async () => { throw new Error('nothing is to be opened'); },
  getX509CertificateMetadata: () => ({sanDnsNames: asked.names ?? [], sanUriNames: []})
};

async function token(client, offer, issuerMetadata, dpop) {
  if (asked.txCode) {
    return client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer: offer, issuerMetadata, txCode: asked.txCode, dpop
    });
  }
  const redirectUri = asked.redirectUri;
  const started = await client.initiateAuthorization({
    clientId: asked.clientId, credentialOffer: offer, issuerMetadata, redirectUri, scope: asked.scope, dpop
  });
  say({go: started.authorizationRequestUrl});
  const back = client.parseAndVerifyAuthorizationResponseRedirectUrl({
    url: await hear(),
    authorizationServerMetadata: issuerMetadata.authorizationServers.find(
      server => server.issuer === started.authorizationServer)
  });
  if (!back.code) return {refused: back.error};
  return client.retrieveAuthorizationCodeAccessTokenFromOffer({
    credentialOffer: offer, issuerMetadata, authorizationCode: back.code, redirectUri,
    pkceCodeVerifier: started.pkce?.codeVerifier, dpop
  });
}

async function proofs(client, issuerMetadata, configuration, holders) {
  const {c_nonce: nonce} = await client.requestNonce({issuerMetadata});
  let keyAttestationJwt;
  if (asked.attested) {
    const maker = remember(await newKey('ES256'));
    keyAttestationJwt = await new Openid4vciWalletProvider({callbacks}).createKeyAttestationJwt({
      attestedKeys: holders.map(key => key.publicJwk), signer: signerOf(maker), use: 'proof_type.jwt', nonce,
      keyStorage: ['iso_18045_high'], issuedAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000)
    });
  }
  const made = await Promise.all(holders.map(key => client.createCredentialRequestJwtProof({
    issuerMetadata, credentialConfigurationId: configuration, signer: signerOf(key), nonce, issuedAt: new Date(),
    clientId: asked.clientId, keyAttestationJwt
  })));
  return {jwt: made.map(one => one.jwt)};
}

async function fetched() {
  const client = new Openid4vciClient({callbacks});
  const offer = await client.resolveCredentialOffer(asked.offer);
  const issuerMetadata = await client.resolveIssuerMetadata(offer.credential_issuer);
  const dpopKey = asked.dpop ? remember(await newKey('ES256')) : undefined;
  let dpop = dpopKey && {signer: signerOf(dpopKey)};
  const got = await token(client, offer, issuerMetadata, dpop);
  if (got.refused) return got;
  dpop = got.dpop ?? dpop;
  const accessToken = got.accessTokenResponse.access_token;
  const holders = await Promise.all(Array.from({length: asked.batch ?? 1}, async () => remember(await newKey(alg))));
  const found = {version: issuerMetadata.originalDraftVersion, token: got.accessTokenResponse, credentials: {}};
  for (const configuration of asked.configurations) {
    let answer = await client.retrieveCredentials({
      issuerMetadata, accessToken, credentialConfigurationId: configuration, dpop,
      proofs: await proofs(client, issuerMetadata, configuration, holders)
    });
    let {credentialResponse} = answer;
    if (credentialResponse.transaction_id) {
      say({wait: credentialResponse.interval});
      await hear();
      answer = await client.retrieveDeferredCredentials({
        issuerMetadata, accessToken, transactionId: credentialResponse.transaction_id, dpop
      });
      credentialResponse = answer.deferredCredentialResponse;
    }
    found.credentials[configuration] = credentialResponse.credentials.map(one => one.credential);
    if (credentialResponse.notification_id) {
      await client.sendNotification({
        issuerMetadata, accessToken, dpop,
        notification: {notificationId: credentialResponse.notification_id, event: 'credential_accepted'}
      });
    }
  }
  found.keys = await Promise.all(holders.map(async key => ({public: key.publicJwk, ...await secretOf(key)})));
  return found;
}

const secretOf = async key => ({secret: await jose.exportJWK(key.privateKey)});

/** An SD-JWT with the proof of its holder for this verifier and nonce. */
async function bound(sdJwt, holder, {nonce, client_id: audience}) {
  const sd_hash = base64url(createHash('sha256').update(sdJwt).digest());
  const payload = {iat: Math.floor(Date.now() / 1000), aud: audience, nonce, sd_hash};
  const key = await jose.importJWK(holder, alg);
  return sdJwt + await new jose.SignJWT(payload).setProtectedHeader({alg, typ: 'kb+jwt'}).sign(key);
}

async function shown() {
  const client = new Openid4vpClient({callbacks});
  const parsed = client.parseOpenid4vpAuthorizationRequest({authorizationRequest: asked.link});
  const request = await client.resolveOpenId4vpAuthorizationRequest({authorizationRequestPayload: parsed.params});
  const payload = request.authorizationRequestPayload;
  const query = payload.dcql_query.credentials.find(one => one.format === 'dc+sd-jwt');
  const presentation = await bound(asked.credential, asked.holder, payload);
  const encrypted = payload.response_mode === 'direct_post.jwt';
  const {authorizationResponsePayload, jarm} = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponsePayload: {vp_token: {[query.id]: [presentation]}},
    jarm: encrypted ? {
      encryption: {nonce: 'wallet'},
      serverMetadata: {
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM']
      }
    } : undefined
  });
  const {response} = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload, authorizationResponsePayload, jarm
  });
  return {
    client: request.client, mode: payload.response_mode, query: payload.dcql_query, status: response.status,
    answer: await response.json()
  };
}

const reason = error => [error?.constructor?.name, error?.message, error?.cause?.message,
  error?.errorResponse && JSON.stringify(error.errorResponse), error?.response?.errorText].filter(Boolean).join(' | ');
try {
  say(asked.do === 'fetch' ? await fetched() : await shown());
} catch (error) {
  say({refused: reason(error), more: String(error?.responseText ?? error?.stack ?? '').slice(0, 3000)});
}
process.exit(0);
