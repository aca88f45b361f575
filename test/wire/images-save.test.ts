/** `images save` and `images load` as an operator calls them: a file that skopeo reads, a real registry, and nodes that are fakes. */
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {env} from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {openLayout} from '../../src/artifacts/layout/open.ts';
import {imageOf} from '../../src/artifacts/registry/manifest.ts';
import {imagesLoad} from '../../src/commands/images-load.ts';
import {imagesSave} from '../../src/commands/images-save.ts';
import {fakeRegistry, type Lie, makeImage, makeIndex, type Stock} from '../artifacts/registry/fake.ts';
import {called, clusterText, fakeHost} from '../commands/fakes.ts';
import {testFolder} from '../folder.ts';
import {dockerRegistry, noRegistry} from './docker-registry.ts';

env.XDG_CACHE_HOME = testFolder();
const real = noRegistry === undefined ? test : test.skip;
const names = ['registry.k8s.io/pause:3.10.2', 'docker.io/library/busybox:1.37'] as const;

async function source(t: ExecutionContext, lie?: Lie) {
	const stock: Stock = new Map();
	const [pause, busybox, arm] = [makeImage(stock), makeImage(stock), makeImage(stock, {architecture: 'arm64'})];
	const index = makeIndex(stock, [busybox, arm]);
	const tags = {'pause:3.10.2': pause.digest, 'library/busybox:1.37': index.digest};
	return {...(await fakeRegistry(t, {stock, tags, ...(lie && {lie})})), pause, busybox, arm, index};
}

async function saved(t: ExecutionContext, platform = ['linux/amd64'], lie?: Lie) {
	const from = await source(t, lie);
	const stage = called({words: ['images.tar', ...names], images: {from: [`http://${from.host}`], platform}});
	const exit = await imagesSave(stage.call);
	return {...from, ...stage, exit, file: join(stage.cwd, 'images.tar')};
}

real('a saved file is read by skopeo, and saved again it has the same bytes', async (t) => {
	const {exit, err, file, pause, busybox, call, asked} = await saved(t);
	t.is(exit, 0, err());
	const digest = (name: string) =>
		(JSON.parse(execFileSync('skopeo', ['inspect', `oci-archive:${file}:${name}`], {encoding: 'utf8'})) as {Digest: string})
			.Digest;
	t.is(digest(names[0]), pause.digest);
	t.is(digest(names[1]), busybox.digest);
	const first = readFileSync(file);
	const before = asked.filter((line) => line.includes('/blobs/')).length;
	t.is(await imagesSave(call), 0);
	t.deepEqual(readFileSync(file), first);
	// What is in the cache already is not fetched again.
	t.is(asked.filter((line) => line.includes('/blobs/')).length, before + 1, 'a config, to see its platform');
});

real('a saved file goes into a registry with its digests, and a second time moves nothing', async (t) => {
	const {cwd, index, pause} = await saved(t, ['all']);
	const to = await dockerRegistry(t);
	const load = async (config = lockless) => {
		const stage = called({words: ['images.tar'], images: {to: `http://${to}/pre`}}, {config});
		const exit = await imagesLoad({...stage.call, around: {...stage.call.around, cwd}}, {connect: async () => new Map()});
		return {exit, err: stage.err()};
	};
	const refused = await load(clusterText);
	t.is(refused.exit, 2);
	t.regex(refused.err, /the lock has no image registry\.k8s\.io\/pause:3\.10\.2/);
	const {exit, err} = await load();
	t.is(exit, 0, err);
	const digest = (name: string) =>
		(
			JSON.parse(execFileSync('skopeo', ['inspect', '--tls-verify=false', `docker://${to}/pre/${name}`], {encoding: 'utf8'})) as {
				Digest: string;
			}
		).Digest;
	t.is(digest('pause:3.10.2'), pause.digest);
	t.is(digest('library/busybox:1.37'), index.digest);
	t.regex((await load()).err, /0 blobs moved \(0\.0 MB\)/);
});

test('a source that breaks leaves no file', async (t) => {
	const lie: Lie = (request, response, honest) => (request.url!.includes('/blobs/') ? response.writeHead(404).end() : honest());
	const {exit, err, file} = await saved(t, ['linux/amd64'], lie);
	t.is(exit, 5);
	t.regex(err(), /has no blob sha256:/);
	t.false(existsSync(file));
	t.deepEqual(
		readdirSync(dirname(file)).filter((name) => name.includes('.part')),
		[],
	);
});

test('a file of somebody else beside the saved one is left alone', async (t) => {
	const from = await source(t);
	const {call, cwd, err} = called({words: ['images.tar', ...names], images: {from: [`http://${from.host}`]}});
	const mine = join(cwd, 'images.tar.part');
	writeFileSync(mine, 'mine');
	t.is(await imagesSave(call), 0, err());
	t.is(readFileSync(mine, 'utf8'), 'mine');
});

/** A fake node of an architecture that has some images by line; takes what is imported, and then has it. */
function node(machine: string, has: string[], takes = true) {
	const imported: Buffer[] = [];
	const pinned: string[] = [];
	const {host} = fakeHost(async ([, , script = '', , , ...args], {stdin}) => {
		if (script.includes('images import')) {
			for await (const chunk of stdin as AsyncIterable<Buffer>) imported.push(Buffer.from(chunk));
			pinned.push(...args);
			return takes ? {} : {code: 1, stderr: 'ctr: content digest sha256:… not found'};
		}
		if (script.includes('uname')) return {stdout: [machine, ...has, ''].join('\n')};
		return {};
	});
	return {host, imported, pinned};
}

const lockless = `apiVersion: kubestrap.dev/v1
kind: Cluster
metadata: {name: lab}
spec:
  nodes:
    - {name: cp1, role: control-plane, address: 192.0.2.11}
    - {name: w1, role: worker, address: 192.0.2.21}
`;

async function loadToNodes(cwd: string, hosts: Map<string, ReturnType<typeof node>>) {
	const stage = called({words: ['images.tar'], images: {to: 'nodes'}}, {config: lockless});
	const connect = async () => new Map([...hosts].map(([name, {host}]) => [name, host]));
	const exit = await imagesLoad({...stage.call, around: {...stage.call.around, cwd}}, {connect});
	return {exit, err: stage.err()};
}

test('a node gets what it lacks, for its own architecture, and what it has is not sent', async (t) => {
	const {cwd, file, busybox, arm} = await saved(t, ['all']);
	const layout = await openLayout(file);
	const configOf = async (name: string, platform: string) => imageOf(await layout.manifest(name, {platform})).config.digest;
	const has = [`${names[0]} ${await configOf(names[0], 'linux/amd64')}`];
	const hosts = new Map([['cp1', node('x86_64', has)]]);
	const {exit, err} = await loadToNodes(cwd, hosts);
	t.is(exit, 0, err);
	const sent = join(testFolder(), 'sent.tar');
	writeFileSync(sent, Buffer.concat(hosts.get('cp1')!.imported));
	const got = await openLayout(sent);
	t.deepEqual(got.names, [names[1]]);
	t.is((await got.manifest(names[1])).digest, busybox.digest);
	t.deepEqual(hosts.get('cp1')!.pinned, [names[1]]);
	t.not(busybox.digest, arm.digest);
	const again = new Map([['cp1', node('x86_64', [...has, `${names[1]} ${await configOf(names[1], 'linux/amd64')}`])]]);
	t.regex((await loadToNodes(cwd, again)).err, /2 images are on cp1: 0\.0 MB sent/);
	t.is(again.get('cp1')!.imported.length, 0);
});

test('nodes that fail are named, with what their runtime said; the others get their images', async (t) => {
	const {cwd} = await saved(t, ['linux/amd64']);
	const hosts = new Map([
		['cp1', node('x86_64', [])],
		['w1', node('x86_64', [], false)],
		['w2', node('aarch64', [])],
	]);
	const {exit, err} = await loadToNodes(cwd, hosts);
	t.is(exit, 5);
	t.regex(err, /w1: the runtime at .* did not take the images \(exit 1\): ctr: content digest/);
	t.regex(err, /is an image for linux\/amd64, not for linux\/arm64/);
	t.regex(err, /2 of 3 nodes did not take the images/);
	t.true(hosts.get('cp1')!.imported.length > 0);
});
