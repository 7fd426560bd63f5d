// An OAuth client of other people (openid-client) and a resource server's check of our tokens (jose)
// against the running API: strict about metadata, endpoints, token responses and error responses.
//
// Arguments: base URL, client id, its secret, a path that it may read.

import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "openid-client";

const [base, id, secret, path] = process.argv.slice(2);
// RFC 8414. Plain http: this is the local cloud.
const options = { algorithm: "oauth2", execute: [oauth.allowInsecureRequests] };
const discover = (authentication) =>
  oauth.discovery(new URL(base), id, undefined, authentication, options);

for (const [name, authentication] of [
  ["client_secret_basic", oauth.ClientSecretBasic(secret)],
  ["client_secret_post", oauth.ClientSecretPost(secret)],
]) {
  const client = await discover(authentication);
  const server = client.serverMetadata();
  assert(server.token_endpoint_auth_methods_supported.includes(name), `${name} is not offered`);
  const tokens = await oauth.clientCredentialsGrant(client);
  assert.equal(tokens.token_type.toLowerCase(), "bearer");
  assert(tokens.expiresIn() > 0, "a token that has ended");
  const keys = createRemoteJWKSet(new URL(server.jwks_uri));
  const { payload } = await jwtVerify(tokens.access_token, keys, { issuer: server.issuer });
  assert(server.scopes_supported.length > 0 && payload.exp > Date.now() / 1000);
  const response = await oauth.fetchProtectedResource(
    client,
    tokens.access_token,
    new URL(path, base),
    "GET",
  );
  assert.equal(response.status, 200, `${name}: ${await response.text()}`);
  await assert.rejects(oauth.clientCredentialsGrant(client, { scope: "nothing-of-ours" }), {
    error: "invalid_scope",
  });
}

const stranger = await discover(oauth.ClientSecretBasic(`${secret}x`));
await assert.rejects(oauth.clientCredentialsGrant(stranger), (error) => {
  // As a response body, or as the challenge of a 401: RFC 6749, 5.2.
  const said = error.error ?? error.cause?.map?.((challenge) => challenge.parameters?.error);
  assert(error.status === 401, `${error.status}: ${JSON.stringify(said)}`);
  return true;
});
console.log("openid-client and jose: ok");
