import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {kill} from 'node:process';
import anyTest, {type TestFn} from 'ava';
import type {News} from '../../src/model.ts';
import {Bringer} from '../../src/run/bring.ts';
import {isRoot, type Machine, machine} from './machine.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
	mkdirSync(t.context.at('/var/lib/kubestrap/artifacts'));
});
test.afterEach.always((t) => t.context.remove());

const bytes = Buffer.alloc(3_000_000, 'kubestrap ');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const wanted = (offset: number) => ({artifact: 'tool/v1/amd64', locked: {sha256, size: bytes.length, from: []}, offset});
const place = `/var/lib/kubestrap/artifacts/${sha256}`;

async function bring(on: Machine, offset: number, artifacts?: () => Promise<{path: string}>): Promise<News[]> {
	const news: News[] = [];
	writeFileSync(on.at('/srv/source'), bytes);
	const tell = (one: News) => {
		news.push(one);
	};
	const bringer = new Bringer(on.host, 'n1', {artifacts: artifacts ?? (async () => ({path: on.at('/srv/source')})), tell});
	bringer.want(wanted(offset));
	bringer.want(wanted(offset));
	while (!on.has(place) && !on.has(`${place}.no`)) await new Promise((resolve) => setTimeout(resolve, 20));
	return news;
}

asRoot('an artifact is brought once, with progress', async (t) => {
	const news = await bring(t.context, 0);
	t.is((await t.context.sh(`sha256sum <${place}`)).stdout.slice(0, 64), sha256);
	t.deepEqual(news.at(-1), {
		type: 'progress',
		node: 'n1',
		step: 'fetch tool/v1/amd64',
		detail: {done: bytes.length, total: bytes.length, unit: 'bytes'},
	});
	t.is((await t.context.sh('ls /var/lib/kubestrap/artifacts')).stdout, `${sha256}\n`);
});

asRoot('what is there already is not sent again; an offset that is not true is asked for anew', async (t) => {
	t.context.write(`${place}.part`, bytes.subarray(0, 1_000_000));
	const news = await bring(t.context, 500_000);
	t.is((await t.context.sh(`sha256sum <${place}`)).stdout.slice(0, 64), sha256);
	const done = news.map(({detail}) => (detail as {done: number}).done);
	t.true(
		done.some((sum) => sum > 1_000_000 && sum <= 1_000_000 + 256 * 1024),
		done.join(),
	);
});

asRoot('a number left by a writer of long ago ends nobody who has it now', async (t) => {
	const {pid = 0, exitCode} = spawn('sleep', ['31']);
	t.context.write(`${place}.pid`, Buffer.from(`${pid}\n`));
	t.context.write(`${place}.part`, bytes.subarray(0, 1_000_000));
	await bring(t.context, 500_000);
	t.is(exitCode, null);
	t.true(kill(pid, 'SIGTERM'), 'it still lives');
});

asRoot('an artifact that the operator cannot get is refused with the reason', async (t) => {
	await bring(t.context, 0, () => Promise.reject(new Error('http://mirror is dead')));
	t.is(t.context.read(`${place}.no`), 'tool/v1/amd64: http://mirror is dead\n');
});
