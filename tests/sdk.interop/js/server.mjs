// The SDK as an app: node server.mjs CASE. It serves on APP_PORT and, once it is ready, calls itself through its sidecar.
import assert from "node:assert/strict";
import { AbstractActor, ActorId, ActorProxyBuilder, DaprPubSubStatusEnum, DaprServer, CommunicationProtocolEnum, HttpMethod, Temporal } from "@dapr/dapr";
import { appPort, client, daprHost, eventually, ports, token } from "./connection.mjs";

const server = new DaprServer({
  serverHost: "127.0.0.1",
  serverPort: appPort,
  communicationProtocol: CommunicationProtocolEnum.HTTP,
  clientOptions: { daprHost, daprPort: ports.http, daprApiToken: token, communicationProtocol: CommunicationProtocolEnum.HTTP },
});
const dapr = client("http");

const cases = {
  async subscriber() {
    const seen = [];
    let failures = 1;
    await server.pubsub.subscribe("pubsub", "news", async (data) => void seen.push(data));
    await server.pubsub.subscribe("pubsub", "flaky", async (data) => {
      if (failures-- > 0) return DaprPubSubStatusEnum.RETRY;
      seen.push(data);
    });
    await server.start();
    await dapr.pubsub.publish("pubsub", "news", { headline: "one" });
    await dapr.pubsub.publish("pubsub", "flaky", { headline: "two" });
    await eventually(() => seen.length === 2, "both events");
    assert.deepEqual(seen.map((s) => s.headline).sort(), ["one", "two"]);
  },
  async bulk() {
    const seen = [];
    await server.pubsub.subscribeBulk("pubsub", "letters", async (data) => void seen.push(data), { maxMessagesCount: 10, maxAwaitDurationMs: 100 });
    await server.start();
    await dapr.pubsub.publishBulk("pubsub", "letters", [{ letter: "a" }, { letter: "b" }, { letter: "c" }]);
    await eventually(() => seen.length >= 3, "all three");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(seen.map((s) => s.letter).sort(), ["a", "b", "c"]);
  },
  async bound() {
    let ticks = 0;
    await server.binding.receive("ticks", async () => void ticks++);
    await server.start();
    await eventually(() => ticks >= 2, "two ticks");
  },
  async invoked() {
    await server.invoker.listen("double", async ({ body }) => ({ result: JSON.parse(body).n * 2 }), { method: HttpMethod.POST });
    await server.start();
    assert.deepEqual(await dapr.invoker.invoke("app", "double", HttpMethod.POST, { n: 21 }), { result: 42 });
  },
  async actors() {
    class Counter extends AbstractActor {
      async onActivate() {
        const [has, n] = await this.getStateManager().tryGetState("n");
        this.n = has ? n : 0;
      }
      async add(value) {
        this.n += value;
        await this.getStateManager().setState("n", this.n);
        await this.getStateManager().saveState();
        return this.n;
      }
      async get() {
        return this.n;
      }
      async remindMe() {
        await this.registerActorReminder("ring", Temporal.Duration.from({ milliseconds: 10 }), Temporal.Duration.from({ seconds: 60 }), undefined, 5);
      }
      async receiveReminder(data) {
        await this.add(Number(data));
      }
      async tickMe() {
        await super.registerActorTimer("tick", "tick", Temporal.Duration.from({ milliseconds: 10 }), Temporal.Duration.from({ seconds: 60 }), undefined, 100);
      }
      async tick(data) {
        await this.add(Number(data));
      }
    }
    await server.actor.init();
    await server.actor.registerActor(Counter);
    await server.start();
    const proxy = new ActorProxyBuilder(Counter, dapr).build(new ActorId("c1"));
    await eventually(async () => (await proxy.add(1)) >= 1, "the actor");
    const before = await proxy.get();
    assert.equal(await proxy.add(2), before + 2);
    await proxy.remindMe();
    await eventually(async () => (await proxy.get()) === before + 7, "the reminder");
    await proxy.tickMe();
    await eventually(async () => (await proxy.get()) === before + 107, "the timer");
  },
};

await cases[process.argv[2]]();
process.exit(0);
