// Tries to get out of the sandbox: solve returns what it could do, or null. See SandboxProbe.cs for what each probe is.
// The harness's context has no process; its own functions lead to it.
const node = console.log.constructor('return process')();
const load = name => node.mainModule.require(name);
const fs = load('fs');

function user() {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  const field = name => status.match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))[1];
  for (const name of ['Uid', 'Gid']) {
    if (field(name).split(/\s+/).includes('0')) return 'runs as root';
  }
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    if (BigInt('0x' + field(name)) !== 0n) return `holds capabilities (${name})`;
  }
  if (field('NoNewPrivs') !== '1') return 'may gain privileges by starting a program';
  try {
    node.setuid(0);
    return 'became root';
  } catch {
    return null;
  }
}

function kernelSettings() {
  if (fs.existsSync('/sys') && fs.readdirSync('/sys').length > 0) return 'sees /sys';
  return writableUnder('/proc');
}

function writableUnder(folder) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const found = writableUnder(path);
      if (found) return found;
    } else if (entry.isFile()) {
      try {
        fs.closeSync(fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
        return `opened ${path} for writing`;
      } catch {
        continue;
      }
    }
  }
  return null;
}

function serviceFiles(files) {
  for (const path of files) {
    try {
      fs.readFileSync(path);
      return `read ${path}`;
    } catch {
      continue;
    }
  }
  return null;
}

// Connecting is asynchronous: a thread does it, and this one waits.
function network(port) {
  const answer = new Int32Array(new SharedArrayBuffer(4));
  const { Worker } = load('worker_threads');
  new Worker(
    `const { workerData } = require('worker_threads');
     const finish = result => { Atomics.store(workerData.answer, 0, result); Atomics.notify(workerData.answer, 0); };
     const socket = require('net').connect(workerData.port, '127.0.0.1', () => { socket.destroy(); finish(1); });
     socket.on('error', () => finish(2));`,
    { eval: true, workerData: { answer, port } },
  );
  if (Atomics.wait(answer, 0, 0, 10000) === 'timed-out') throw new Error('the connection was neither made nor refused');
  if (answer[0] === 1) return 'connected to a server of this machine';
  const others = Object.keys(load('os').networkInterfaces()).concat(fs.readFileSync('/proc/net/dev', 'utf8').match(/^\s*[^\s:]+(?=:)/gm).map(name => name.trim())).filter(name => name !== 'lo');
  return others.length > 0 ? `sees the network interface ${others[0]}` : null;
}

function processes() {
  if (!load('child_process').spawnSync('/bin/true').error) return 'started a program';
  const seen = fs.readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return seen.length > 2 ? `sees ${seen.length} processes` : null;
}

function memory(heap) {
  const held = [];
  try {
    for (let size = 0; size < heap; size += 16) held.push(new Uint8Array(16 << 20).fill(1));
    return `allocated ${heap} MiB`;
  } catch {
    return null;
  }
}

function burn() {
  for (;;);
}

function outliving() {
  console.error('started');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120000);
}

function solve(probe, files, port, heap) {
  return {
    user,
    'kernel-settings': kernelSettings,
    'service-files': () => serviceFiles(files),
    network: () => network(port),
    processes,
    memory: () => memory(heap),
    time: burn,
    outliving,
  }[probe]();
}
