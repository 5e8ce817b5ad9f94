// The SDK's own workflow runtime: node workflow.mjs
import assert from "node:assert/strict";
import { DaprWorkflowClient, WorkflowRuntime } from "@dapr/dapr";
import { daprHost, ports, token } from "./connection.mjs";

const options = { daprHost, daprPort: ports.grpc, daprApiToken: token };
const client = new DaprWorkflowClient(options);
const runtime = new WorkflowRuntime(options);

const plusOne = async (_, n) => n + 1;
let failures = 2;
const flaky = async () => {
  if (failures-- > 0) throw new Error("not yet");
  return "done";
};
const sequence = async function* (ctx, n) {
  for (let i = 0; i < 5; i++) n = yield ctx.callActivity(plusOne, n);
  return n;
};
const fanOut = async function* (ctx, n) {
  const tasks = Array.from({ length: n }, (_, i) => ctx.callActivity(plusOne, i + 1));
  const results = yield ctx.whenAll(tasks);
  return results.reduce((a, b) => a + b, 0);
};
const parent = async function* (ctx, n) {
  return yield ctx.callChildWorkflow(sequence, n);
};
const waits = async function* (ctx) {
  return yield ctx.waitForExternalEvent("go");
};
const sleeps = async function* (ctx) {
  yield ctx.createTimer(0.2);
  return "awake";
};
const again = async function* (ctx, n) {
  n = yield ctx.callActivity(plusOne, n);
  if (n < 4) {
    ctx.continueAsNew(n, true);
    return;
  }
  return n;
};
const fails = async function* (ctx) {
  yield ctx.callActivity(flaky);
};

for (const w of [sequence, fanOut, parent, waits, sleeps, again, fails]) runtime.registerWorkflow(w);
runtime.registerActivity(plusOne).registerActivity(flaky);
await runtime.start();

const output = async (id) => {
  const state = await client.waitForWorkflowCompletion(id, undefined, 20);
  return [state.runtimeStatus, state.serializedOutput];
};
const COMPLETED = 1;
const FAILED = 3;
const TERMINATED = 5;

assert.deepEqual(await output(await client.scheduleNewWorkflow(sequence, 1)), [COMPLETED, "6"]);
assert.deepEqual(await output(await client.scheduleNewWorkflow(fanOut, 10)), [COMPLETED, "65"]);
assert.deepEqual(await output(await client.scheduleNewWorkflow(parent, 10)), [COMPLETED, "15"]);
assert.deepEqual(await output(await client.scheduleNewWorkflow(sleeps)), [COMPLETED, '"awake"']);
assert.deepEqual(await output(await client.scheduleNewWorkflow(again, 1)), [COMPLETED, "4"]);
assert.equal((await output(await client.scheduleNewWorkflow(fails)))[0], FAILED);

const waiting = await client.scheduleNewWorkflow(waits);
await client.waitForWorkflowStart(waiting, undefined, 10);
await client.suspendWorkflow(waiting);
await client.resumeWorkflow(waiting);
await client.raiseEvent(waiting, "go", { x: 1 });
assert.deepEqual(await output(waiting), [COMPLETED, '{"x":1}']);

const doomed = await client.scheduleNewWorkflow(waits);
await client.waitForWorkflowStart(doomed, undefined, 10);
await client.terminateWorkflow(doomed, "enough");
assert.deepEqual(await output(doomed), [TERMINATED, '"enough"']);
assert.ok(await client.purgeWorkflow(doomed));

await runtime.stop();
await client.stop();
process.exit(0);
