/** A registry laid out as aliyun's: flat names, manifests that were written anew. What nodes get from it is what upstream made, or nothing. */
import {readFileSync, writeFileSync} from 'node:fs';
import {request as ask, createServer} from 'node:http';
import {join} from 'node:path';
import test from 'ava';
import {spoil, takeOut} from '../../hack/laboratory/aliyun.ts';
import {run as command} from '../../hack/laboratory/command.ts';
import {readLock} from '../../src/artifacts/lock.ts';
import {parseImage} from '../../src/artifacts/mirror.ts';
import {load} from '../../src/cluster/load.ts';
import type {Lock, Role} from '../../src/model.ts';
import {imagesOf} from '../../src/phases/images.ts';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
let config: string;
let lock: Lock;
let madeLock: string;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({name: 'mirrors', workers: 2, defaultRoute: true});
	madeLock = join(stage.folder, 'made.lock');
	config = write('aliyun', (text) => text);
});
test.after.always(() => stage?.close());

function write(name: string, edit: (text: string) => string): string {
	const file = join(stage.folder, `${name}.yaml`);
	writeFileSync(
		file,
		edit(stage.lab.config('root', {mirror: 'aliyun'}).replace(/^ {2}lock: .*$/m, `  lock: ${JSON.stringify(madeLock)}`)),
	);
	return file;
}

const why = (run: Run) => run.stderr + JSON.stringify(run.events.filter(({state}) => state === 'failed'));
const pulled = (run: Run) =>
	run.events.filter(({type, state, step}) => type === 'step' && state === 'changed' && step?.startsWith('image ')).length;

/** What the runtime of a node calls its images: `NAME ID`, by tag and by digest. */
async function names(node: string): Promise<Record<string, string>> {
	const {images} = JSON.parse(await stage.ssh(node, 'crictl images -o json')) as {
		images: {id: string; repoTags: string[]; repoDigests: string[]}[];
	};
	return Object.fromEntries(
		images.flatMap(({id, repoTags, repoDigests}) => [...repoTags, ...repoDigests].map((name) => [name, id])),
	);
}

/** Every name of a node is upstream's, and every image of its role has the lock's ID. */
async function upstreamOnly(node: string, role: Role): Promise<{strange: string[]; wrong: string[]}> {
	const seen = await names(node);
	const upstreams = new Set(Object.keys(lock.images).map((ref) => parseImage(ref)?.registry));
	const wanted = imagesOf(load(readFileSync(config, 'utf8'), {file: config}), role);
	return {
		strange: Object.keys(seen).filter((name) => !upstreams.has(parseImage(name)?.registry)),
		wrong: wanted.filter((ref) => seen[ref] !== lock.images[ref]?.config),
	};
}

test.serial('a lock of this mirror, from one that somebody made who could reach upstream', async (t) => {
	t.timeout(120_000);
	await stage.text(['images', 'lock', madeLock, '-c', config, '--trust', stage.lab.lockFile, '--only', 'images,binaries']);
	lock = readLock(stage.read(madeLock), {file: madeLock});
	const known = readLock(stage.read(join(stage.lab.folder, 'aliyun.lock')), {file: 'aliyun.lock'});
	const refs = Object.keys(lock.images).filter((ref) => ref.startsWith('registry.k8s.io/'));
	t.is(refs.length, 7);
	for (const ref of refs) t.is(lock.images[ref]?.from[0], known.images[ref]?.from[0]);
});

test.serial('images pull says where there is no runtime, and changes nothing', async (t) => {
	t.timeout(120_000);
	const run = await stage.kubestrap(['images', 'pull', '-c', config]);
	t.is(run.code, 3, run.stderr);
	t.regex(run.stderr + JSON.stringify(run.events), /cp1: there is no crictl/);
	t.is(await stage.ssh('cp1', 'ls /var/lib/kubestrap 2>/dev/null || true'), '');
});

test.serial(
	'images pull --retag gives a node upstream’s names, whose runtime was told of no mirror but how to speak',
	async (t) => {
		t.timeout(180_000);
		const runtime = await stage.kubestrap(['init', '-c', config, '--only-phases', 'runtime']);
		t.is(runtime.code, 0, why(runtime));
		// As a user would who runs a registry without TLS.
		for (const port of [5000, 5001]) {
			const host = `${stage.lab.host}:${port}`;
			await stage.ssh(
				'w1',
				`mkdir -p /etc/containerd/certs.d/${host} && echo 'server = "http://${host}"' >/etc/containerd/certs.d/${host}/hosts.toml`,
			);
		}
		const run = await stage.kubestrap(['images', 'pull', '-c', config, '--retag', 'w1']);
		t.is(run.code, 0, why(run));
		t.deepEqual(await upstreamOnly('w1', 'worker'), {strange: [], wrong: []});
		t.is(await stage.ssh('w1', 'ls /etc/containerd/certs.d | grep -c -v :5 || true'), '0\n');
		const again = await stage.kubestrap(['images', 'pull', '-c', config, '--retag', 'w1']);
		t.is(again.summary.changed, 0, why(again));
		t.deepEqual(await names('w2'), {}, 'nobody named it');
	},
);

test.serial(
	'a mirror that lacks one image is passed over for that one; init from it leaves upstream’s names and the lock’s IDs',
	async (t) => {
		t.timeout(300_000);
		takeOut(stage.lab.aliyunStorage, 'registry.k8s.io/etcd:3.7.0-0');
		const first = write('first', (text) => text.replace(/^.*name: w2,.*\n/m, ''));
		const run = await stage.init(first).done;
		t.is(run.code, 0, why(run));
		t.deepEqual(await upstreamOnly('cp1', 'control-plane'), {strange: [], wrong: []});
		const again = await stage.init(first).done;
		t.is(again.summary.changed, 0, why(again));
		const pull = await stage.kubestrap(['images', 'pull', '-c', first]);
		t.is(pulled(pull), 0, why(pull));
		t.is(pull.summary.changed, 0);
	},
);

test.serial('the kubelet pulls through the same mirrors, and keeps the pause image', async (t) => {
	t.timeout(120_000);
	const out = await stage.ssh(
		'cp1',
		`crictl rmi registry.k8s.io/kube-scheduler:${stage.lab.kubernetesVersion} >/dev/null 2>&1
crictl pull registry.k8s.io/kube-scheduler:${stage.lab.kubernetesVersion} >/dev/null && crictl inspecti registry.k8s.io/pause:3.10.2 | grep -c '"pinned": true'`,
	);
	t.is(out.trim(), '1');
});

test.serial(
	'a mirror whose bytes are others is refused by name; it hides no other mirror, from which a node that joins later has it',
	async (t) => {
		t.timeout(300_000);
		const ref = `registry.k8s.io/kube-proxy:${stage.lab.kubernetesVersion}`;
		const [place = ''] = lock.images[ref]!.from;
		const manifest = await (
			await fetch(`http://${stage.lab.host}:5001/v2/google_containers/kube-proxy/manifests/${parseImage(place)?.digest}`, {
				headers: {accept: 'application/vnd.docker.distribution.manifest.v2+json'},
			})
		).json();
		spoil(stage.lab.aliyunStorage, (manifest as {layers: {digest: string}[]}).layers.at(-1)!.digest);
		const lockFile = join(stage.folder, 'only.lock');
		const only = (text: string) =>
			text
				.replace(/^ {2}lock: .*$/m, `  lock: ${JSON.stringify(lockFile)}`)
				.replace(/^( {6}registry\.k8s\.io: \["[^"]*").*$/m, '$1]');
		writeFileSync(lockFile, JSON.stringify({...lock, images: {...lock.images, [ref]: {...lock.images[ref]!, from: [place]}}}));
		const run = await stage.kubestrap(['images', 'pull', 'w2', '-c', write('only', only)]);
		t.is(run.code, 5, why(run));
		t.regex(
			JSON.stringify(run.events),
			/kube-proxy:v\S+ could not be pulled: \S+:5001\/google_containers\/kube-proxy: the bytes that it gives are not what their digest says/,
		);
		const joined = await stage.start(['join', 'w2', '-c', config]).done;
		t.is(joined.code, 0, why(joined));
		t.is(pulled(joined), 1, 'the others are there already');
		await stage.ssh('cp1', 'kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for=condition=Ready node/w2 --timeout=60s');
		t.deepEqual(await upstreamOnly('w2', 'worker'), {strange: [], wrong: []});
	},
);

test.serial('a proxy is containerd’s alone, and goes when the config has none', async (t) => {
	t.timeout(240_000);
	const asked: string[] = [];
	const proxy = createServer((request, response) => {
		asked.push(request.url ?? '');
		const onward = ask(request.url ?? '', {headers: request.headers, method: request.method}, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		onward.on('error', () => response.destroy());
		request.pipe(onward);
	});
	await new Promise<void>((listening) => proxy.listen(3128, stage.lab.host, listening));
	t.teardown(() => proxy.close());
	const address = `http://${stage.lab.host}:3128`;
	const proxied = write('proxied', (text) => text.replace(/^spec:$/m, `spec:\n  proxy: {http: ${JSON.stringify(address)}}`));
	const run = await stage.start(['apply', '-c', proxied]).done;
	t.is(run.code, 0, why(run));
	const environment = () => stage.ssh('cp1', 'tr "\\0" "\\n" </proc/$(systemctl show -p MainPID --value containerd)/environ');
	const told = await environment();
	t.true(told.includes(`HTTP_PROXY=${address}\n`), told);
	t.regex(told, /^NO_PROXY=localhost,.*,10\.96\.0\.0\/12,.*\.cluster\.local$/m);
	const others = `for pid in $(pgrep '^(kube|etcd|flanneld|coredns|pause)'); do tr '\\0' '\\n' </proc/$pid/environ | grep -i _proxy= | grep -v '^$' && cat /proc/$pid/comm; done
grep -rli _proxy /etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env || true`;
	t.is(await stage.ssh('cp1', others), '');
	await stage.ssh('cp1', `crictl rmi registry.k8s.io/kube-scheduler:${stage.lab.kubernetesVersion} >/dev/null 2>&1`);
	const pull = await stage.kubestrap(['images', 'pull', '-c', proxied, 'cp1']);
	t.is(pulled(pull), 1, why(pull));
	t.true(
		asked.some((url) => url.includes('/v2/google_containers/kube-scheduler/')),
		asked.join(),
	);
	const without = await stage.start(['apply', '-c', config]).done;
	t.is(without.code, 0, why(without));
	t.notRegex(await environment(), /_PROXY/);
});

const canary = 'canary-8f14e45fceea167a';

test.serial('credentials of a mirror reach containerd and the registry, and nobody else', async (t) => {
	t.timeout(120_000);
	const shown: string[] = [];
	const guard = createServer((request, response) => {
		const {authorization = '', ...headers} = request.headers;
		if (authorization !== `Basic ${Buffer.from(`robot:${canary}`).toString('base64')}`) {
			response.writeHead(401, {'www-authenticate': 'Basic realm="lab"'}).end();
			return;
		}
		shown.push(request.url ?? '');
		const onward = ask(`http://${stage.lab.host}:5000${request.url}`, {headers, method: request.method}, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		request.pipe(onward.on('error', () => response.destroy()));
	});
	await new Promise<void>((listening) => guard.listen(3129, stage.lab.host, listening));
	t.teardown(() => guard.close());
	const auth = join(stage.folder, 'auth.json');
	const host = `${stage.lab.host}:3129`;
	writeFileSync(auth, JSON.stringify({auths: {[host]: {auth: Buffer.from(`robot:${canary}`).toString('base64')}}}), {
		mode: 0o600,
	});
	const guarded = write('guarded', (text) =>
		text
			.replace(/^( {6}registry\.k8s\.io: ).*$/m, `$1["http://${host}"]`)
			.replace(/^( {4}insecure: \[)/m, `    auth: ${JSON.stringify(auth)}\n$1"${host}", `)
			.replace(/^ {2}lock: .*$/m, `  lock: ${JSON.stringify(stage.lab.lockFile)}`),
	);
	await stage.ssh('cp1', `crictl rmi registry.k8s.io/kube-scheduler:${stage.lab.kubernetesVersion} >/dev/null 2>&1`);
	const run = await stage.kubestrap(['images', 'pull', '-c', guarded, '-v', 'cp1']);
	t.is(pulled(run), 1, why(run));
	t.true(
		shown.some((url) => url.includes('kube-scheduler')),
		shown.join(),
	);
	const words = [canary, Buffer.from(`robot:${canary}`).toString('base64')];
	for (const word of words) t.false((run.stderr + JSON.stringify(run.events)).includes(word));
	const found = await stage.ssh(
		'cp1',
		`grep -rlE '${words.join('|')}' /etc /var/lib/kubestrap /run /var/log /root 2>/dev/null | sort; stat -c '%a' /etc/containerd/certs.d/registry.k8s.io/hosts.toml`,
	);
	t.deepEqual(found.trim().split('\n'), [
		`/etc/containerd/certs.d/${host}/hosts.toml`,
		'/etc/containerd/certs.d/registry.k8s.io/hosts.toml',
		'600',
	]);
	const {stdout} = await command(['grep', '-rlE', words.join('|'), join(stage.folder, 'state')], {mayFail: true});
	t.is(stdout, '', 'the log of the run');
	const without = await stage.kubestrap(['images', 'pull', '-c', config, 'cp1']);
	t.is(without.code, 0, why(without));
	t.is(await stage.ssh('cp1', `grep -rlE '${words.join('|')}' /etc || true`), '', 'gone with the mirror');
});

test.serial('the nodes sent no packet to any address but the lab', async (t) => {
	t.like(await stage.lab.packets(), {forwarded: 0, received: 0});
});
