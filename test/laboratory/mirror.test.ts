import {once} from 'node:events';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {rangeOf, serveFolder} from '../../hack/laboratory/mirror.ts';

test('ranges: from, from and to, the last bytes, none, and outside the file', (t) => {
	t.deepEqual(rangeOf('bytes=3-', 10), {first: 3, last: 9});
	t.deepEqual(rangeOf('bytes=3-5', 10), {first: 3, last: 5});
	t.deepEqual(rangeOf('bytes=3-500', 10), {first: 3, last: 9});
	t.deepEqual(rangeOf('bytes=-4', 10), {first: 6, last: 9});
	t.is(rangeOf(undefined, 10), undefined);
	t.is(rangeOf('bytes=0-1,4-5', 10), undefined);
	t.is(rangeOf('bytes=10-', 10), null);
});

test('serves files and ranges of them, nothing above its folder, and logs each request', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'mirror-'));
	writeFileSync(join(folder, 'kubelet'), '0123456789');
	const lines: string[] = [];
	const server = createServer(serveFolder(folder, (line) => lines.push(line))).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	t.is(await (await fetch(`${url}/kubelet`)).text(), '0123456789');
	const part = await fetch(`${url}/kubelet`, {headers: {range: 'bytes=4-'}});
	t.is(part.status, 206);
	t.is(part.headers.get('content-range'), 'bytes 4-9/10');
	t.is(await part.text(), '456789');
	t.is((await fetch(`${url}/kubelet`, {headers: {range: 'bytes=99-'}})).status, 416);
	const head = await fetch(`${url}/kubelet`, {method: 'HEAD'});
	t.is(head.headers.get('content-length'), '10');
	t.is((await fetch(`${url}/%2e%2e%2f%2e%2e%2fetc/passwd`)).status, 404);
	t.is((await fetch(`${url}/kubelet`, {method: 'PUT', body: 'x'})).status, 405);
	t.regex(lines[1] ?? '', /^\S+Z 127\.0\.0\.1 GET \/kubelet 206 bytes=4-$/);
	t.is(lines.length, 6);
});
