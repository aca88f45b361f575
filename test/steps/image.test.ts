import anyTest, {type TestFn} from 'ava';
import type {Lock, LockedImage, Step} from '../../src/model.ts';
import {placesOf} from '../../src/steps/kinds/image.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {emptyLock} from '../run/values.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

/**
 * Not a runtime, but two scripts that play one: its images are lines "NAME:TAG|NAME@DIGEST ID" in /run/images. What a pull of a place gives is
 * its line in /run/places: an ID, or `!` and what the real crictl says when it fails; with a count before the `!`, that many times.
 */
const crictl = `echo "$*" >>/run/cri.log
case $3 in
ps) [ "$6" != "$(cat /run/runs 2>/dev/null)" ] || echo container-1; exit ;;
rm) exit ;;
images) echo 'IMAGE TAG IMAGE-ID SIZE'; sed -n 's/:\\([^:@ ]*\\) / \\1 /p' /run/images; exit ;;
esac
line=$(grep -F "$4 " /run/places) || { echo "rpc error: code = NotFound desc = failed to resolve image: $4: not found" >&2; exit 1; }
what=\${line#* }
case $what in
*!*)
	tries=/run/tries.$(echo "$4" | tr / _)
	echo >>"$tries"
	if [ "\${what%%!*}" = "" ] || [ "$(wc -l <"$tries")" -le "\${what%%!*}" ]; then echo "\${what#*!}" >&2; exit 1; fi
	what=\${what##* } ;;
esac
echo "$4 $what" >>/run/images
echo "Image is up to date for $what"`;
const ctr = `shift 4
case $2 in
tag)
	if [ "$3" = --force ]; then
		grep -vF "$5 " /run/images >/run/images.new; mv /run/images.new /run/images
	else
		! grep -qF "$5 " /run/images || { echo 'already exists' >&2; exit 1; }
	fi
	echo "$5 $(grep -F "$4 " /run/images | cut -d ' ' -f 2)" >>/run/images ;;
rm) grep -vF "$3 " /run/images >/run/images.new; mv /run/images.new /run/images ;;
esac`;

test.beforeEach((t) => {
	const on = machine();
	on.write('/var/lib/kubestrap/fence', '1\n');
	on.write('/run/images', '');
	on.fake('crictl', crictl);
	on.fake('ctr', ctr);
	t.context = on;
});
test.afterEach.always((t) => t.context.remove());

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const locked = (config: string, from: readonly string[] = []): LockedImage => ({
	platform: 'linux/amd64',
	digest: digest('d'),
	config,
	diffIDs: [],
	from,
});
const lockOf = (images: Lock['images']): Lock => ({...emptyLock, images});
const steps = (...refs: string[]): Step[] => refs.map((ref) => ({kind: 'image', ref}));
const names = (on: Machine) => on.read('/run/images').trim().split('\n').sort();

test('places are pulled by digest: their own, else the lock’s; none twice', (t) => {
	const other = digest('e');
	const from = [`r.example:5000/flat/coredns:v1@${other}`, 'm.example/coredns/coredns:v1', 'registry.k8s.io/coredns/coredns:v1'];
	t.deepEqual(placesOf('registry.k8s.io/coredns/coredns:v1', locked('', [...from, ...from])), [
		`r.example:5000/flat/coredns@${other}`,
		`m.example/coredns/coredns@${digest('d')}`,
		`registry.k8s.io/coredns/coredns@${digest('d')}`,
	]);
	t.deepEqual(placesOf('r.example:5000/a:1', locked('')), [`r.example:5000/a@${digest('d')}`]);
	t.deepEqual(placesOf('u.example/a:1', locked('', from), ['m.example/a:1']), [`m.example/a@${digest('d')}`]);
});

asRoot('images are pulled by digest and get their name; what has the right ID is left alone', async (t) => {
	const on = t.context;
	const lock = lockOf({'u.example/a:1': locked(digest('a')), 'u.example/b:2': locked(digest('b'))});
	on.write('/run/images', `u.example/a:1 ${digest('a')}\n`);
	on.write('/run/places', `u.example/b@${digest('d')} ${digest('b')}\n`);
	const both = one(...steps('u.example/a:1', 'u.example/b:2'));
	const first = await run(on, both, {lock});
	t.deepEqual(first.states, ['image u.example/a:1 unchanged', 'image u.example/b:2 changed'], first.log);
	t.notRegex(on.read('/run/cri.log'), /pull u\.example\/a/);
	t.true(names(on).includes(`u.example/b@${digest('d')} ${digest('b')}`), 'the name by digest is upstream’s too');
	t.deepEqual((await run(on, both, {lock})).states, ['image u.example/a:1 unchanged', 'image u.example/b:2 unchanged']);
});

asRoot('a place with another name gives the image, but not its name; one that has it not is passed over', async (t) => {
	const on = t.context;
	const from = ['r.example/flat/gone:1', `r.example/flat/a:1@${digest('e')}`, 'u.example/a:1'];
	on.write('/run/places', `r.example/flat/a@${digest('e')} ${digest('a')}\nu.example/a@${digest('d')} ${digest('a')}\n`);
	const {states, log} = await run(on, one(...steps('u.example/a:1')), {
		lock: lockOf({'u.example/a:1': locked(digest('a'), from)}),
	});
	t.deepEqual(states, ['image u.example/a:1 changed'], log);
	t.deepEqual(names(on), [`u.example/a:1 ${digest('a')}`]);
	t.regex(log, /~ 0 r\.example\/flat\/gone: it has no such image; the next place is asked/);
	t.notRegex(on.read('/run/cri.log'), /pull u\.example/);
});

asRoot(
	'what the kubelet has pulled under the name, if it is another image, is replaced, and what runs from it ends',
	async (t) => {
		const on = t.context;
		const lock = lockOf({'u.example/a:1': locked(digest('a'))});
		on.write('/run/images', `u.example/a:1 ${digest('e')}\n`);
		on.write('/run/runs', digest('e'));
		on.write('/run/places', `u.example/a@${digest('d')} ${digest('a')}\n`);
		const {states, log} = await run(on, one(...steps('u.example/a:1')), {lock});
		t.deepEqual(states, ['image u.example/a:1 changed'], log);
		t.true(names(on).includes(`u.example/a:1 ${digest('a')}`));
		t.true(log.includes(`~ 0 u.example/a:1 was another image until now: ${digest('e')}`), log);
		t.regex(on.read('/run/cri.log'), /rm -f container-1/);
		on.write('/run/cri.log', '');
		on.write('/run/images', `u.example/a:1 ${digest('e')}\n`);
		on.write('/run/runs', digest('f'));
		t.deepEqual((await run(on, one(...steps('u.example/a:1')), {lock})).states, ['image u.example/a:1 changed']);
		t.notRegex(on.read('/run/cri.log'), /rm -f/, 'others go on');
	},
);

asRoot('a place that gives another image is refused by name, and nothing of it is left', async (t) => {
	const on = t.context;
	const lock = lockOf({'u.example/a:1': locked(digest('a'), [`r.example/a:1@${digest('e')}`])});
	on.write('/run/places', `r.example/a@${digest('e')} ${digest('f')}\n`);
	const {code, states, evidence} = await run(on, one(...steps('u.example/a:1')), {lock});
	t.is(code, 1);
	t.deepEqual(states, ['image u.example/a:1 failed']);
	t.is(
		evidence.at(-1),
		`u.example/a:1 could not be pulled: r.example/a: what it gives is another image: its ID is ${digest('f')}, not the lock's ${digest('a')}`,
	);
	t.is(on.read('/run/images'), '');
});

asRoot('a pull whose line was lost is tried again: twice, and at the last place five times in all', async (t) => {
	const on = t.context;
	const lost = 'rpc error: net/http: timeout awaiting response headers';
	const lock = lockOf({'u.example/a:1': locked(digest('a'), ['r.example/a:1', 'u.example/a:1'])});
	on.write('/run/places', `r.example/a@${digest('d')} 9!${lost}\nu.example/a@${digest('d')} 4!${lost} ${digest('a')}\n`);
	const {states, log} = await run(on, one(...steps('u.example/a:1')), {lock});
	t.deepEqual(states, ['image u.example/a:1 changed'], log);
	t.is(on.read('/run/cri.log').match(/pull r\.example/g)?.length, 2);
	t.is(on.read('/run/cri.log').match(/pull u\.example/g)?.length, 5);
	t.regex(log, /the line to u\.example was lost: try 5 of 5/);
});

asRoot('a broken piece that containerd keeps is dropped, and fetched once more; other pieces stay', async (t) => {
	const on = t.context;
	const ingest = '/var/lib/containerd/io.containerd.content.v1.content/ingest';
	await on.sh(`mkdir -p ${ingest}/one ${ingest}/two`);
	on.write(`${ingest}/one/ref`, `k8s.io/1/layer-${digest('c')}`);
	on.write(`${ingest}/two/ref`, `k8s.io/2/layer-${digest('b')}`);
	const said = `failed commit on ref "layer-${digest('c')}": unexpected commit digest ${digest('9')}, expected ${digest('c')}: failed precondition`;
	const lock = lockOf({'u.example/a:1': locked(digest('a'))});
	on.write('/run/places', `u.example/a@${digest('d')} 1!${said} ${digest('a')}\n`);
	t.deepEqual((await run(on, one(...steps('u.example/a:1')), {lock})).states, ['image u.example/a:1 changed']);
	t.deepEqual([on.has(`${ingest}/one`), on.has(`${ingest}/two`)], [false, true]);
	on.write('/run/images', '');
	on.write('/run/places', `u.example/a@${digest('d')} !${said}\n`);
	const {evidence} = await run(on, one(...steps('u.example/a:1')), {lock});
	t.is(evidence.at(-1), 'u.example/a:1 could not be pulled: u.example/a: the bytes that it gives are not what their digest says');
	t.is(on.read('/run/cri.log').match(/pull/g)?.length, 4);
});

/** What crictl v1.36.0 and containerd v2.4.2 said, and what we make of it. */
const words: readonly (readonly [said: string, why: string])[] = [
	['failed to do request: Head "https://r/v2/": dial tcp 127.0.0.1:15009: connect: connection refused"', 'nobody listens there'],
	['dial tcp: lookup r.invalid on 10.0.0.53:53: no such host"', 'this machine cannot find its address'],
	['http: server gave HTTP response to HTTPS client"', 'it speaks plain HTTP, and mirror.insecure does not name it'],
	[
		'tls: failed to verify certificate: x509: certificate signed by unknown authority"',
		'its certificate is not trusted: certificate signed by unknown authority',
	],
	['authorization failed: no basic auth credentials"', 'it does not let us in: are the credentials of mirror.auth right?'],
	[
		'HEAD request to http://r/v2/a/manifests/x: 403 Forbidden denied"',
		'it does not let us in: are the credentials of mirror.auth right?',
	],
	['unexpected status from HEAD request to http://r/v2/a: 500 Internal Server Error"', '500 Internal Server Error'],
];

for (const [said, why] of words)
	asRoot(`why a place gives nothing: ${why} (${said.slice(0, 24)})`, async (t) => {
		const on = t.context;
		on.write(
			'/run/places',
			`r.example/a@${digest('d')} !time="x" level=fatal msg="pulling image: failed to resolve image: ${said}\n`,
		);
		const lock = lockOf({'u.example/a:1': locked(digest('a'), ['r.example/a:1', 'u.example/a:1'])});
		const {evidence} = await run(on, one(...steps('u.example/a:1')), {lock});
		t.is(evidence.at(-1), `u.example/a:1 could not be pulled: r.example/a: ${why}; u.example/a: it has no such image`);
	});
