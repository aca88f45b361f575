/** `kubestrap bundle verify`: is every byte of a bundle what it must be, and is it the bundle for this lock and this config? */
import {resolve} from 'node:path';
import {judgeLayers} from '../artifacts/bundle/judge-layers.ts';
import {missingFromBundle, needsOf} from '../artifacts/bundle/needs.ts';
import {agreement, readTogether, type Whole} from '../artifacts/bundle/together.ts';
import {exitCodes, showProblem} from '../errors.ts';
import type {Cluster, Lock} from '../model.ts';
import {toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import {openCluster, openLock} from './open-cluster.ts';

/** Says every problem. Exit code 1 when there is one. Throws ConfigError for a lock or a config that cannot be read. */
export async function bundleVerify(call: Call): Promise<number> {
	const {flags, around} = call;
	const files = flags.words.map((file) => resolve(around.cwd, file));
	const cluster = flags.config === undefined ? undefined : await openCluster(call);
	const lock = lockFor(cluster, call);
	const {whole, problems} = await readTogether(files, {signal: around.signal});
	const more = whole === undefined ? [] : judged(whole, lock, cluster).map((message) => ({file: files[0]!, message}));
	const layers = whole === undefined || lock === undefined ? [] : await judgeLayers(whole, lock);
	const found = [...problems, ...more, ...layers.map((message) => ({file: files[0]!, message}))];
	const answer = {ok: found.length === 0, ...(whole && described(whole)), problems: found};
	const words = {
		text: () =>
			[...found.map((problem) => `${showProblem(problem)}\n`), ...(whole ? [sentence(whole, found.length)] : [])].join(''),
		json: () => `${JSON.stringify(answer)}\n`,
		yaml: () => toYaml(answer),
	};
	around.stdout.write(words[flags.output]());
	return answer.ok ? exitCodes.done : exitCodes.no;
}

function lockFor(cluster: Cluster | undefined, {flags, around}: Call): Lock | undefined {
	if (cluster?.lock !== undefined) return openLock(cluster, {flags, around});
	if (flags.cluster.lock === undefined) return undefined;
	return openLock({lock: resolve(around.cwd, flags.cluster.lock)}, {flags, around});
}

function judged({contents}: Whole, lock: Lock | undefined, cluster: Cluster | undefined): string[] {
	const missing = cluster === undefined ? [] : missingFromBundle(contents, needsOf(cluster, contents.platforms));
	const {differ, unknown} = lock === undefined ? {differ: [], unknown: []} : agreement(contents, lock);
	return [...differ, ...unknown, ...missing.map(({message}) => message)];
}

function described({id, contents}: Whole) {
	const {kubernetesVersion, platforms, madeBy, since, artifacts, blobs, absent} = contents;
	const bytes = Object.values(blobs).reduce((sum, size) => sum + size, 0);
	return {id, madeBy, kubernetesVersion, platforms, ...(since && {since, absent: absent.length}), bytes, artifacts};
}

function sentence(whole: Whole, problems: number): string {
	const {id, kubernetesVersion, platforms, bytes, artifacts} = described(whole);
	const count = (kind: string) => artifacts.filter((artifact) => artifact.kind === kind).length;
	const what = `Kubernetes ${kubernetesVersion} for ${platforms.join(', ')}: ${count('binary')} binaries, ${count('image')} images, ${Math.round(bytes / 1e6)} MB`;
	return `${problems === 0 ? 'good: every byte is as it was written' : 'not good'}\n  ${what}\n  ${id}\n`;
}
