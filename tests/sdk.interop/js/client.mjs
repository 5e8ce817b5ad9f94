// The SDK as a client: node client.mjs PROTOCOL CASE
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { HttpMethod } from "@dapr/dapr";
import { client, eventually } from "./connection.mjs";

// The SDK does not export its enum.
const LockStatus = { Success: 0, LockDoesNotExist: 1, LockBelongsToOthers: 2 };

const [protocol, name] = process.argv.slice(2);
const dapr = client(protocol);

const cases = {
  async state() {
    await dapr.state.save("store", [
      { key: "a", value: { n: 1 } },
      { key: "b", value: "text" },
    ]);
    assert.deepEqual(await dapr.state.get("store", "a"), { n: 1 });
    assert.equal(await dapr.state.get("store", "b"), "text");
    const bulk = await dapr.state.getBulk("store", ["a", "missing"]);
    assert.deepEqual(bulk.find((i) => i.key === "a").data, { n: 1 });
    await dapr.state.delete("store", "a");
    assert.ok(!(await dapr.state.get("store", "a")));
  },
  async transaction() {
    await dapr.state.save("store", [{ key: "old", value: 1 }]);
    await dapr.state.transaction("store", [
      { operation: "upsert", request: { key: "new", value: "2" } },
      { operation: "delete", request: { key: "old" } },
    ]);
    assert.equal(String(await dapr.state.get("store", "new")), "2");
    assert.ok(!(await dapr.state.get("store", "old")));
  },
  async secrets() {
    assert.deepEqual(await dapr.secret.get("secrets", "password"), { password: "geheim" });
    assert.ok(JSON.stringify(await dapr.secret.getBulk("secrets")).includes("geheim"));
  },
  async publish() {
    const result = await dapr.pubsub.publish("pubsub", "letters", { letter: "ü" });
    assert.equal(result.error, undefined);
    const bulk = await dapr.pubsub.publishBulk("pubsub", "letters", [{ letter: "b" }, { letter: "c" }]);
    assert.equal(bulk.failedMessages.length, 0);
    // Over HTTP the SDK returns the error, over gRPC it throws it.
    const failed = await dapr.pubsub.publish("nowhere", "letters", {}).catch((error) => error);
    assert.match(String(failed.error), /nowhere is not found/);
  },
  async invoke() {
    const answer = await dapr.invoker.invoke("target", "greet", HttpMethod.POST, { name: "Ada" });
    assert.deepEqual(answer, { greeting: "Hello Ada" });
    assert.deepEqual(await dapr.invoker.invoke("target", "time", HttpMethod.GET), { greeting: "Hello nobody" });
  },
  async binding() {
    const created = await dapr.binding.send("files", "create", "hello, world", { fileName: "a.txt" });
    // Over HTTP the SDK returns what the binding answered, over gRPC the message that holds it.
    assert.deepEqual(created.data ? JSON.parse(Buffer.from(created.data)) : created, { fileName: "a.txt" });
    assert.ok(await dapr.binding.send("files", "get", "", { fileName: "a.txt" }));
    await assert.rejects(async () => {
      const missing = await dapr.binding.send("files", "get", "", { fileName: "missing" });
      if (missing?.error) throw missing.error;
    });
  },
  async lock() {
    assert.equal((await dapr.lock.lock("locks", "r", "ada", 60)).success, true);
    assert.equal((await dapr.lock.lock("locks", "r", "bob", 60)).success, false);
    assert.equal((await dapr.lock.unlock("locks", "r", "bob")).status, LockStatus.LockBelongsToOthers);
    assert.equal((await dapr.lock.unlock("locks", "r", "ada")).status, LockStatus.Success);
    assert.equal((await dapr.lock.unlock("locks", "r", "ada")).status, LockStatus.LockDoesNotExist);
  },
  async configuration() {
    const { items } = await dapr.configuration.get("settings", ["color"]);
    assert.deepEqual([items.color.value, items.color.version], ["blue", "3"]);
    const seen = [];
    const stream = await dapr.configuration.subscribeWithKeys("settings", ["color"], async (change) => void seen.push(change.items.color?.value));
    // The SDK returns before the subscription stands.
    await eventually(() => {
      execFileSync("redis-cli", ["-p", process.env.REDIS_PORT, "SET", "color", "green||4"]);
      return seen.includes("green");
    }, "the change");
    await stream.stop();
  },
  async metadata() {
    const metadata = await dapr.metadata.get();
    assert.equal(metadata.id, "app");
    assert.ok(await dapr.metadata.set("color", "green"));
    assert.ok(await dapr.health.isHealthy());
  },
};

await cases[name]();
await dapr.stop();
process.exit(0);
