// The official SignalR client: connects to the hub through the gateway and prints what it pushes, a JSON line each.
// usage: node listen.mjs GATEWAY ACCESS_TOKEN TRANSPORT
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const [gateway, token, transport] = process.argv.slice(2);
const connection = new HubConnectionBuilder()
  .withUrl(`${gateway}/hubs/realtime`, { accessTokenFactory: () => token, transport: HttpTransportType[transport] })
  .configureLogging(LogLevel.Error)
  .build();
const print = (target) => (payload) => console.log(JSON.stringify({ target, payload }));
for (const target of ["notification", "leaderboard-updated", "inbox-updated"]) connection.on(target, print(target));
await connection.start();
console.log(JSON.stringify({ target: "connected" }));
process.stdin.resume();
process.stdin.on("end", async () => {
  await connection.stop();
  process.exit(0);
});
