/** The whole list of images, from the lab's registry into another one over a line that breaks, into a file, and from it into a node. */
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import {prepared} from '../../hack/laboratory/prepared.ts';
import {readLock} from '../../src/artifacts/lock.ts';
import {parseImage} from '../../src/artifacts/mirror.ts';
import {cutLine, dockerRegistry} from '../wire/docker-registry.ts';
import {type Run, Stage} from './stage.ts';

type Copied = {readonly moved: number; readonly mounted: number; readonly present: number; readonly bytes: number};
const copied = ({summary}: Run) => (summary as unknown as {copied: Copied}).copied;

test.serial(
	'mirrored over a line that is cut ten times, read back by skopeo; saved, and loaded into a node that has none',
	async (t) => {
		t.timeout(900_000);
		const stage = await Stage.open({name: 'reg', workers: 0});
		t.teardown(() => stage.close());
		const config = stage.config();
		const {images} = readLock(stage.read(stage.lab.lockFile), {file: stage.lab.lockFile});
		const cache = {XDG_CACHE_HOME: join(stage.folder, 'cache')};

		const registry = await dockerRegistry(t);
		const whole = 560_000_000;
		const points = Array.from({length: 10}, (_, index) => 1_000_000 + Math.round((index * whole) / 10));
		const line = await cutLine(t, registry, points);
		const mirror = () => stage.kubestrap(['images', 'mirror', '-c', config, '--to', `http://${line.host}/k8s`], cache);
		const runs: Run[] = [];
		do runs.push(await mirror());
		while (runs.at(-1)!.code !== 0 && runs.length < 10);
		t.is(runs.at(-1)!.code, 0, runs.at(-1)!.stderr);
		t.is(line.cuts, 10);
		const refs = runs.at(-1)!.events.flatMap(({type, phase, state}) => (type === 'phase' && state !== 'started' ? [phase!] : []));
		t.true(refs.length >= 9, refs.join());
		for (const ref of refs) {
			const {repository, tag} = parseImage(ref)!;
			const at = `docker://${registry}/k8s/${repository}:${tag}`;
			const {Digest} = JSON.parse(execFileSync('skopeo', ['inspect', '--tls-verify=false', at], {encoding: 'utf8'})) as {
				Digest: string;
			};
			t.is(Digest, images[ref]!.digest, ref);
		}
		const again = await mirror();
		t.deepEqual(copied(again), {moved: 0, mounted: 0, present: copied(again).present, bytes: 0});
		t.is(again.summary.changed, 0);

		const file = join(stage.folder, 'images.tar');
		const saved = await stage.kubestrap(['images', 'save', file, '-c', config], cache);
		t.is(saved.code, 0, saved.stderr);
		const only = await stage.kubestrap(['init', '-c', config, '--only-phases', prepared]);
		t.is(only.code, 0, only.stderr);
		await stage.ssh('cp1', 'crictl rmi --all >/dev/null 2>&1; test -z "$(crictl images -q)"');
		const loaded = await stage.kubestrap(['images', 'load', file, '--to', 'nodes', '-c', config]);
		t.is(loaded.code, 0, loaded.stderr);
		t.is(loaded.summary.changed, refs.length);
		const twice = await stage.kubestrap(['images', 'load', file, '--to', 'nodes', '-c', config]);
		t.is(twice.code, 0, twice.stderr);
		t.is(twice.summary.changed, 0);
		t.is(twice.summary.unchanged, refs.length);
		// What was loaded is what init wants: it pulls nothing.
		const init = await stage.kubestrap(['init', '-c', config, '--only-phases', 'images']);
		t.is(init.code, 0, init.stderr);
		t.is(init.summary.changed, 0, JSON.stringify(init.events.filter(({state}) => state === 'changed')));
	},
);
