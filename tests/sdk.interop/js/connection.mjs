// Where the sidecar is, as the test says; the SDK itself is used unmodified.
import { CommunicationProtocolEnum, DaprClient } from "@dapr/dapr";

export const daprHost = "127.0.0.1";
export const token = process.env.DAPR_API_TOKEN;
export const ports = { http: process.env.DAPR_HTTP_PORT, grpc: process.env.DAPR_GRPC_PORT };
export const appPort = process.env.APP_PORT;

export const client = (protocol) =>
  new DaprClient({
    daprHost,
    daprPort: ports[protocol],
    daprApiToken: token,
    communicationProtocol: protocol === "grpc" ? CommunicationProtocolEnum.GRPC : CommunicationProtocolEnum.HTTP,
  });

export async function eventually(check, what, milliseconds = 15000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      if (await check()) return;
    } catch (e) {
      if (Date.now() > end) throw e;
    }
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((r) => setTimeout(r, 20));
  }
}
