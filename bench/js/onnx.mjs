// Scores one sequence of tokens again and again with onnxruntime-node, and prints the latencies in milliseconds as JSON.
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const [model, tokens, runs] = [process.argv[2], process.argv[3].split(',').map(BigInt), Number(process.argv[4])];
const ort = createRequire(import.meta.url)('onnxruntime-node');
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
const score = () => session.run({ tokens: new ort.Tensor('int64', BigInt64Array.from(tokens), [1, tokens.length]) });

for (let i = 0; i < runs; i++) await score();
const took = [];
for (let i = 0; i < runs; i++) {
  const began = performance.now();
  await score();
  took.push(performance.now() - began);
}
console.log(JSON.stringify(took));
