// Verify one credential (FILE) with @digitalcredentials/verifier-core, as a verifier of badges does. Further arguments
// URL=FILE are what the network would answer; all else it cannot have. Prints {"log": {step: whether it holds, or the
// error}, "errors": ["name: message"], "asked": [address]}.
import {readFileSync} from 'node:fs';

const served = new Map(process.argv.slice(3).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
const asked = [];
globalThis.fetch = async (request) => {
  const url = String(request.url ?? request);
  asked.push(url);
  if (!served.has(url)) throw new TypeError('there is no network here');
  return new Response(readFileSync(served.get(url)), {headers: {'Content-Type': 'application/json'}});
};
console.log = console.error;
const {verifyCredential} = await import('@digitalcredentials/verifier-core');

const credential = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const found = await verifyCredential({credential, knownDIDRegistries: []});
const log = Object.fromEntries((found.log ?? []).map(({id, valid, error}) => [id, error?.name ?? valid]));
const errors = (found.errors ?? []).map(({name, message}) => `${name}: ${message}`);
process.stdout.write(JSON.stringify({log, errors, asked}) + '\n');
