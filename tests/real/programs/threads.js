// SPDX-License-Identifier: MIT
// Worker threads over shared memory, and the thread pool below crypto, zlib and files; prints what it all came to.
const { Worker, isMainThread, workerData } = require('worker_threads');
const { execFileSync } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const util = require('util');
const zlib = require('zlib');

if (!isMainThread) {
    const counter = new Int32Array(workerData.memory);
    for (let i = 0; i < 20000; i++)
        Atomics.add(counter, 0, workerData.n);
    Atomics.add(counter, 1, 1);
    Atomics.notify(counter, 1);
} else {
    main();
}

function run(worker) {
    return new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
}

async function main() {
    const memory = new SharedArrayBuffer(8);
    await Promise.all([1, 2, 3, 4].map(n => run(new Worker(__filename, { workerData: { memory, n } }))));
    const keys = await Promise.all([...Array(16).keys()].map(n =>
        util.promisify(crypto.pbkdf2)(`password ${n}`, 'salt', 2000, 32, 'sha256')));
    const packed = await Promise.all(keys.map(key => util.promisify(zlib.gzip)(Buffer.alloc(100000, key))));
    const files = await Promise.all([...Array(50).keys()].map(() => fs.promises.readFile(__filename)));
    const hash = crypto.createHash('sha256');
    keys.concat(packed, files).forEach(data => hash.update(data));
    console.log(new Int32Array(memory).join(' '), hash.digest('hex'), execFileSync('echo', ['child']).toString().trim());
}
