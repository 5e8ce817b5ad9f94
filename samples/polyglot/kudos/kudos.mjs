// Kudos: says well done to whoever was awarded points, and remembers it. It knows the platform by its events only, and keeps what it knows in
// the state store that every app has.
import { CommunicationProtocolEnum, DaprPubSubStatusEnum, DaprServer, HttpMethod, StateConcurrencyEnum } from "@dapr/dapr";

const { APP_PORT, DAPR_HTTP_PORT, DAPR_API_TOKEN } = process.env;
const store = "statestore";
const latest = 10;

const server = new DaprServer({
  serverHost: "127.0.0.1",
  serverPort: APP_PORT,
  communicationProtocol: CommunicationProtocolEnum.HTTP,
  clientOptions: { daprHost: "127.0.0.1", daprPort: DAPR_HTTP_PORT, daprApiToken: DAPR_API_TOKEN },
});
const { state } = server.client;

// Events come at least once, and two of one user at a time: a kudos has the award's id, and is added to the user's list by compare-and-set.
async function praise({ awardId, userId, points, reason, totalXp }) {
  const key = `kudos:${userId}`;
  const { data, etag } = await read(key);
  if (data.some((k) => k.awardId === awardId)) return DaprPubSubStatusEnum.SUCCESS;
  const kudos = { awardId, text: `Well done! +${points} XP: ${reason}`, totalXp };
  const { error } = await state.save(store, [{ key, value: [kudos, ...data].slice(0, latest), etag, options: { concurrency: StateConcurrencyEnum.CONCURRENCY_FIRST_WRITE } }]);
  return error ? DaprPubSubStatusEnum.RETRY : DaprPubSubStatusEnum.SUCCESS;
}

async function read(key) {
  const [item] = await state.getBulk(store, [key]);
  return { data: item?.data ?? [], etag: item?.etag };
}

await server.pubsub.subscribeWithOptions("pubsub", "engagement", {
  route: { rules: [{ match: 'event.type == "points.awarded"', path: "/points-awarded" }], default: "/others" },
});
server.pubsub.subscribeToRoute("pubsub", "engagement", "/points-awarded", praise);
server.pubsub.subscribeToRoute("pubsub", "engagement", "/others", async () => {});

await server.invoker.listen("kudos", async ({ query }) => (await read(`kudos:${new URL(query, "http://kudos").searchParams.get("userId")}`)).data, { method: HttpMethod.GET });
await server.invoker.listen("health", async () => ({ status: "healthy" }), { method: HttpMethod.GET });
await server.start();
