// Runs solve of solution.js once per line of standard input (a JSON array of arguments) and answers with a line of JSON each.
// The solution runs in a context of its own, whose console writes to standard error; what protects from it is the sandbox, not this.
const fs = require('fs');
const vm = require('vm');

const answer = value => fs.writeSync(1, JSON.stringify(value) + '\n');
const describe = error => error instanceof Error || (error && error.message) ? `${error.name}: ${error.message}` : String(error);

const print = (...values) => fs.writeSync(2, values.join(' ') + '\n');
const context = vm.createContext({ console: { log: print, error: print, warn: print, info: print } });
const write = vm.runInContext('JSON.stringify', context);
let ready = false;
try {
  vm.runInContext(fs.readFileSync('solution.js', 'utf8'), context, { filename: 'solution.js' });
  ready = vm.runInContext("typeof solve === 'function'", context);
  if (!ready) answer({ fault: "there is no function 'solve'" });
} catch (error) {
  answer({ fault: describe(error) });
}

if (ready) {
  for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
    try {
      const output = write(vm.runInContext(`solve(...${line})`, context));
      answer({ output: output === undefined ? null : JSON.parse(output) });
    } catch (error) {
      answer({ error: describe(error) });
    }
  }
}
