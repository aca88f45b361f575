/** `images mirror` as an operator calls it, from a fake registry that lies and one that does not, into a real one. */
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {load} from '../../src/cluster/load.ts';
import {imagesMirror} from '../../src/commands/images-mirror.ts';
import {fakeRegistry, makeImage, type Stock, sha} from '../artifacts/registry/fake.ts';
import {called, clusterText} from '../commands/fakes.ts';
import {dockerRegistry, noRegistry} from './docker-registry.ts';

const real = noRegistry === undefined ? test : test.skip;
const names = ['registry.k8s.io/pause:3.10.2', 'docker.io/library/busybox:1.37'];

/** Two sources: the first has another pause than the lock says, and no busybox; the second has both. */
async function stage(t: ExecutionContext) {
	const stock: Stock = new Map();
	const [pause, busybox, other] = [makeImage(stock), makeImage(stock), makeImage(stock)];
	const tags = (digest: string) => ({'pause:3.10.2': digest, 'pre/pause:3.10.2': digest});
	const [bad, good, to] = await Promise.all([
		fakeRegistry(t, {stock, tags: tags(other.digest)}),
		fakeRegistry(t, {stock, tags: {...tags(pause.digest), 'library/busybox:1.37': busybox.digest}}),
		dockerRegistry(t),
	]);
	const entry = (ref: string, digest: string) => {
		const manifest = JSON.parse(stock.get(digest)!.bytes.toString()) as {config: {digest: string}; layers: {digest: string}[]};
		const diffIDs = manifest.layers.map((layer) => layer.digest);
		return {[ref]: {platform: 'linux/amd64', digest, config: manifest.config.digest, diffIDs, from: [ref]}};
	};
	const lock = {
		binaries: {},
		images: {...entry(names[0]!, pause.digest), ...entry(names[1]!, busybox.digest)},
		madeBy: 'a test',
		madeAt: '2026-11-21T00:00:00Z',
	};
	return {bad, good, to, pause, busybox, lock};
}

function call(words: string[], images: object, lock: object) {
	const stage = called({words, images});
	writeFileSync(join(stage.cwd, 'lab.lock'), JSON.stringify(lock));
	return stage;
}

const digestOf = (ref: string) =>
	(
		JSON.parse(execFileSync('skopeo', ['inspect', '--tls-verify=false', `docker://${ref}`], {encoding: 'utf8'})) as {
			Digest: string;
		}
	).Digest;

real(
	'what is not the image of the lock is refused, and the next source gives it; the config that uses the target is printed',
	async (t) => {
		const {bad, good, to, pause, lock} = await stage(t);
		const from = [`http://${bad.host}`, `http://${good.host}`];
		const {call: one, out, err} = call(names, {to: `http://${to}/pre`, from}, lock);
		t.is(await imagesMirror(one), 0, err());
		t.is(digestOf(`${to}/pre/pause:3.10.2`), pause.digest);
		t.regex(err(), /done: 2 images are at .*: 6 blobs moved \(0\.4 MB\), 0 mounted, 0 were there/);
		const spec = out().replace(/^#.*\n/, '');
		const indented = spec.replaceAll(/^/gm, '  ');
		const cluster = load(
			`apiVersion: kubestrap.dev/v1\nkind: Cluster\nmetadata: {name: a}\nspec:\n  nodes: [{role: control-plane, address: 192.0.2.1}]\n${indented}`,
			{file: 'x.yaml', home: '/'},
		);
		t.deepEqual(cluster.mirror.images['registry.k8s.io'], [`http://${to}/pre`]);
		t.deepEqual(cluster.mirror.insecure, [to]);
		const again = call(names, {to: `http://${to}/pre`, from}, lock);
		t.is(await imagesMirror(again.call), 0);
		t.regex(again.err(), /0 blobs moved \(0\.0 MB\), 0 mounted, 6 were there\n {2}0 changed, 2 unchanged, 0 failed/);
	},
);

real('a copy with another manifest around the same content is taken, and what to do then is said', async (t) => {
	const stock: Stock = new Map();
	const upstream = makeImage(stock);
	const said = JSON.parse(stock.get(upstream.digest)!.bytes.toString()) as {config: {digest: string}; layers: {digest: string}[]};
	const bytes = Buffer.from(JSON.stringify({...said, annotations: {'copied.by': 'hand'}}));
	stock.set(sha(bytes), {bytes, type: upstream.mediaType});
	const [from, to] = await Promise.all([fakeRegistry(t, {stock, tags: {'pause:3.10.2': sha(bytes)}}), dockerRegistry(t)]);
	const locked = {platform: 'linux/amd64', digest: upstream.digest, config: said.config.digest, from: [names[0]!]};
	const images = {[names[0]!]: {...locked, diffIDs: said.layers.map(({digest}) => digest)}};
	const lock = {binaries: {}, images, madeBy: 'a test', madeAt: '2026-11-21T00:00:00Z'};
	const {call: one, err} = call([names[0]!], {to: `http://${to}`, from: [`http://${from.host}`]}, lock);
	t.is(await imagesMirror(one), 0, err());
	t.is(digestOf(`${to}/pause:3.10.2`), sha(bytes));
	t.regex(err(), /other manifests around the same content \(registry\.k8s\.io\/pause:3\.10\.2\).*images lock/);
});

real('an image that no source gives as the lock has it fails alone, and every source is named', async (t) => {
	const {bad, to, lock} = await stage(t);
	const {call: one, out, err} = call(names, {to: `http://${to}`, from: [`http://${bad.host}`]}, lock);
	t.is(await imagesMirror(one), 5);
	t.regex(err(), new RegExp(`${bad.host}/pause:3.10.2: is not the image of the lock: its config is sha256:`));
	t.regex(err(), new RegExp(`${bad.host}/library/busybox:1.37: HTTP 404`));
	t.regex(err(), /2 of 2 images are not at/);
	t.is(out(), '');
});

test('what the target says is said once, and no source is blamed for it', async (t) => {
	const stock: Stock = new Map();
	const image = makeImage(stock);
	const from = await fakeRegistry(t, {stock, tags: {'pause:3.10.2': image.digest, 'library/busybox:1.37': image.digest}});
	const closed = await fakeRegistry(t, {stock, tags: {}, lie: (_, response) => response.writeHead(403).end()});
	const lockless = clusterText.replace('  lock: lab.lock\n', '');
	const images = {to: `http://${closed.host}/pre`, from: [`http://${from.host}`]};
	const {call: one, err} = called({words: names, images}, {config: lockless});
	t.is(await imagesMirror(one), 5);
	t.regex(err(), /did not take 2 images: HTTP 403/);
	t.is(err().split('did not take').length, 2);
	t.regex(err(), /--auth-file/);
	t.false(err().includes('no place gave'));
});

test('everything that is wrong with the flags is said at once, before anything is contacted', async (t) => {
	const {call: one, err} = called({
		words: ['no image!', 'also bad:'],
		images: {to: 'http://127.0.0.1:9', from: ['nowhere'], platform: ['all', 'mips']},
	});
	t.is(await imagesMirror(one), 2);
	for (const said of [
		/"no image!" is no image reference/,
		/"also bad:"/,
		/--from nowhere is no registry/,
		/--platform all leaves nothing/,
		/--platform mips is none/,
	])
		t.regex(err(), said);
	const missing = called({images: {}});
	t.is(await imagesMirror(missing.call), 2);
	t.regex(missing.err(), /--to is missing/);
});

test('an image of the config that the lock does not know is a problem', async (t) => {
	const {call: one, err} = called({images: {to: 'http://127.0.0.1:9'}});
	t.is(await imagesMirror(one), 2);
	t.regex(err(), /the lock has no image registry\.k8s\.io\/kube-apiserver/);
});
