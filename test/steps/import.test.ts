import {createHash, randomBytes} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import {namedTwice} from '../../src/artifacts/bundle/layout.ts';
import type {Step} from '../../src/model.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

/** containerd is played: it takes a layout from stdin, wants every blob whose digest it does not have, and lists what it took. */
const ctr = `shift 4
case "$1 $2" in
'images ls') cat /run/pinned 2>/dev/null ;;
'content ls') cat /run/content 2>/dev/null ;;
'images import')
	rm -rf /run/in && mkdir /run/in && tar -xf - -C /run/in || exit
	(cd /run/in/blobs/sha256 && for blob in *; do echo "$blob  $blob" | sha256sum -c --status - || exit; echo "sha256:$blob" >>/run/content; done) || { echo 'ctr: wrong blob'; exit 1; }
	for wanted in $(cat /run/wanted); do grep -qx "sha256:$wanted" /run/content || { echo "ctr: content digest $wanted: not found"; exit 1; }; done
	grep -q imageLayoutVersion /run/in/oci-layout || exit
	for ref in $(grep -o '"io.containerd.image.name":"[^"]*"' /run/in/index.json | cut -d '"' -f 4); do echo "$ref $(cat /run/config)" >>/run/images; done ;;
'images label') echo "$3" >>/run/pinned ;;
*) echo "ctr was asked $*"; exit 1 ;;
esac`;
const crictl = `sed 's/\\(.*\\):\\([^ ]*\\) /\\1 \\2 /' /run/images 2>/dev/null | grep .`;

test.beforeEach((t) => {
	const on = machine();
	on.write('/var/lib/kubestrap/fence', '1\n');
	mkdirSync(on.at('/var/lib/kubestrap/artifacts'));
	on.fake('ctr', ctr);
	on.fake('crictl', crictl);
	t.context = on;
});
test.afterEach.always((t) => t.context.remove());

const ref = 'registry.k8s.io/pause:3.10.2';
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const blobs = [randomBytes(300), randomBytes(400), randomBytes(5000)];
const [manifest, config] = blobs.map(sha);
const image = {
	ref,
	platform: 'linux/amd64',
	mediaType: 'application/vnd.oci.image.manifest.v1+json',
	manifest: `sha256:${manifest}`,
	config: `sha256:${config}`,
	layers: [],
};
const step: Step = {
	kind: 'import',
	ref,
	config: image.config,
	manifests: namedTwice(image, {[image.manifest]: 300}),
	blobs: blobs.map((bytes) => ({sha256: sha(bytes), size: bytes.length})),
};
const place = (bytes: Buffer) => `/var/lib/kubestrap/artifacts/${sha(bytes)}`;

/** Waits until three blobs were asked for. */
const asked = `timeout 10 sh -c 'until [ "$(grep -c "^?" /run/p/log 2>/dev/null)" = 3 ]; do sleep 0.02; done'`;

function prepare(on: Machine): void {
	on.write('/run/config', image.config);
	on.write('/run/wanted', blobs.map(sha).join('\n'));
}

asRoot('an image is asked for blob by blob, imported when all are here, pinned, and its blobs go', async (t) => {
	const on = t.context;
	prepare(on);
	const going = run(on, one(step));
	await on.sh(asked);
	t.deepEqual(
		on
			.read('/run/p/log')
			.split('\n')
			.filter((line) => line.startsWith('?')),
		blobs.map((bytes) => `? 0 0 ${sha(bytes)}`),
	);
	for (const bytes of blobs) on.write(place(bytes), bytes);
	const {states, log} = await going;
	t.deepEqual(states, [`import ${ref} changed`], log);
	t.is(on.read('/run/pinned'), `${ref}\n`);
	t.regex(on.read('/run/images'), new RegExp(`^registry.k8s.io/pause@${image.manifest} `, 'm'));
	t.is((await on.sh('ls -A /var/lib/kubestrap/artifacts')).stdout, '');
	t.deepEqual((await run(on, one(step))).states, [`import ${ref} unchanged`]);
	t.deepEqual((await run(on, one(step), {mode: 'observe'})).states, [`import ${ref} unchanged`]);
});

asRoot('what is not pinned is pinned, and nothing is brought for that', async (t) => {
	const on = t.context;
	on.write('/run/images', `${ref} ${image.config}\n`);
	t.deepEqual((await run(on, one(step), {mode: 'observe'})).states, [`import ${ref} changed`]);
	const {states, log} = await run(on, one(step));
	t.deepEqual(states, [`import ${ref} changed`]);
	t.notRegex(log, /^\?/m);
	t.is(on.read('/run/pinned'), `${ref}\n`);
});

asRoot('a blob that the runtime has is not asked for', async (t) => {
	const on = t.context;
	prepare(on);
	on.write('/run/content', `sha256:${sha(blobs[2]!)}\n`);
	for (const bytes of blobs.slice(0, 2)) on.write(place(bytes), bytes);
	const {states, log} = await run(on, one(step));
	t.deepEqual(states, [`import ${ref} changed`], log);
	t.notRegex(log, /^\?/m);
});

asRoot('a blob with wrong bytes is named and dropped, and nothing is imported', async (t) => {
	const on = t.context;
	prepare(on);
	for (const bytes of blobs) on.write(place(bytes), bytes);
	on.write(place(blobs[1]!), Buffer.alloc(400));
	const {states, evidence} = await run(on, one(step));
	t.deepEqual(states, [`import ${ref} failed`]);
	t.regex(
		evidence.join('\n'),
		new RegExp(`ctr: wrong blob\na blob of it has sha256 [0-9a-f]{64}, but the bundle says ${config}; it is gone now`),
	);
	t.false(on.has(place(blobs[1]!)));
	t.true(on.has(place(blobs[2]!)), 'what is right stays');
	t.false(on.has('/run/images'));
});

asRoot('what the operator cannot bring is said', async (t) => {
	const on = t.context;
	prepare(on);
	const going = run(on, one(step));
	await on.sh(asked);
	on.write(`${place(blobs[0]!)}.no`, 'the bundle has gone\n');
	const {states, evidence} = await going;
	t.deepEqual(states, [`import ${ref} failed`]);
	t.deepEqual(evidence, ['the bundle has gone']);
});
