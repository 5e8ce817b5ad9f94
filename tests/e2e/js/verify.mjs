// An independent JOSE implementation verifies an access token against the gateway's JWKS and prints its claims.
// usage: node verify.mjs GATEWAY ACCESS_TOKEN
import { createRemoteJWKSet, jwtVerify } from "jose";

const [gateway, token] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(`${gateway}/.well-known/jwks.json`));
const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: "https://auth.deepiri.local", audience: "deepiri", algorithms: ["ES256"] });
console.log(JSON.stringify({ payload, protectedHeader }));
