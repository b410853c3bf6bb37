// A real OpenID provider for the tests. Its configuration is the first argument, as JSON:
// {port, redirect, people: {login: claims}, inToken: whether ID tokens hold the claims themselves, alg}.
// Prints the port that it listens on. Whoever gives a login is signed in as that person.

import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [given, library] = process.argv.slice(2);
const { port, redirect, people, inToken, alg } = JSON.parse(given);
const { Provider } = await import(pathToFileURL(library).href);

const pair = alg === 'ES256'
  ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
  : generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...pair.privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };

const server = createServer();
server.listen(port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'farthing',
      client_secret: 's/cr+t of 32 letters, and some: %',
      redirect_uris: [redirect],
      id_token_signed_response_alg: alg,
    }],
    jwks: { keys: [key] },
    claims: { email: ['email', 'email_verified'], groups: ['groups'] },
    conformIdTokenClaims: !inToken,
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: true }, userinfo: { enabled: true } },
    findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    pkce: { required: () => true },
  });
  server.on('request', provider.callback());
  console.log(server.address().port);
});
