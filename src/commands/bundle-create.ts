/** `kubestrap bundle create`: everything that a config needs, in one file. */
import {statSync} from 'node:fs';
import {resolve} from 'node:path';
import {type Collected, collect, progress} from '../artifacts/bundle/collect.ts';
import type {ImageReader} from '../artifacts/bundle/find-image.ts';
import {lockOf, needsOf, unmet} from '../artifacts/bundle/needs.ts';
import {openTogether, type Whole} from '../artifacts/bundle/together.ts';
import {writeBundle} from '../artifacts/bundle/write.ts';
import {ConfigError, exitCodes} from '../errors.ts';
import type {Cluster} from '../model.ts';
import {platformsOf} from '../pipeline/platforms.ts';
import type {Closing} from '../report/summary.ts';
import {type Act, act} from './act.ts';
import type {Call} from './call.ts';
import {sameCluster} from './closing.ts';
import {openCluster, openLock} from './open-cluster.ts';

type Registry = ImageReader & {close(): Promise<void>};
export type Doors = {
	readonly openRegistry: (options: {
		readonly insecure: readonly string[];
		readonly ca?: string | undefined;
		readonly auth?: string | undefined;
		readonly signal: AbortSignal;
	}) => Registry;
};

/**
 * Fetches what is not in the cache, compares everything with the lock, and writes the file. Throws ConfigError for what the lock lacks, all at
 * once, and StepError for what no place has.
 */
export function bundleCreate(call: Call, {openRegistry}: Doors): Promise<number> {
	return act('bundle-create', call, {}, async ({report, walk}) => {
		const began = performance.now();
		const {flags, around} = call;
		const file = resolve(around.cwd, flags.words[0]!);
		const cluster = await openCluster(call);
		const lock = openLock(cluster, call);
		const {kubernetesVersion} = cluster.configuration;
		report.tell({
			type: 'run',
			detail: {verb: 'bundle create', version: around.version, cluster: cluster.name, kubernetesVersion},
		});
		const platforms = await wantedPlatforms(call, cluster, {report, walk});
		const needs = needsOf(cluster, platforms);
		const problems = unmet(lock, needs, cluster.lock);
		if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing is in a bundle that the lock does not describe'});
		const {since = []} = flags.bundle;
		const old =
			since.length === 0
				? undefined
				: await openTogether(
						since.map((name) => resolve(around.cwd, name)),
						walk,
					);
		const own = lockOf(lock, needs);
		const {insecure, ca, auth} = cluster.mirror;
		const registry = openRegistry({insecure, ca, auth, signal: around.signal});
		let collected: Collected;
		try {
			const had = new Set(Object.keys(old?.contents.blobs ?? {}));
			const {tell} = report;
			collected = await collect({
				lock: own,
				needs,
				mirror: cluster.mirror,
				osMirror: cluster.os.mirror,
				images: registry,
				had,
				tell,
				signal: around.signal,
			});
		} finally {
			await registry.close();
		}
		const {artifacts, blobs, open} = collected;
		const absent = Object.keys(blobs).filter((digest) => Object.hasOwn(old?.contents.blobs ?? {}, digest));
		const made = {
			format: 1,
			madeBy: `kubestrap ${around.version}`,
			kubernetesVersion,
			platforms,
			artifacts,
			blobs,
			absent,
		} as const;
		const contents = {...made, ...(old && {since: old.id})};
		const onProgress = progress(report.tell, 'bundle');
		const {id, size} = await writeBundle(file, {contents, lock: own, open, signal: around.signal, onProgress});
		report.end(
			{
				ok: true,
				exit: 0,
				changed: 0,
				unchanged: 0,
				failed: 0,
				ms: Math.round(performance.now() - began),
				failures: [],
				spent: [],
			},
			closing(call, {file, id, size}, contents.artifacts.length, old),
		);
		return exitCodes.done;
	});
}

/** As the operator says, or as the machines do. */
async function wantedPlatforms({flags}: Call, cluster: Cluster, {report, walk}: Act): Promise<readonly string[]> {
	const {platform: given} = flags.bundle;
	const known = ['linux/amd64', 'linux/arm64'];
	const odd = (given ?? []).filter((platform) => !known.includes(platform));
	if (odd.length > 0)
		throw new ConfigError(
			odd.map((platform) => ({message: `--platform ${platform} is none that kubestrap knows`, hint: known.join(', ')})),
		);
	if (given !== undefined && given.length > 0) return [...new Set(given)].sort();
	const {platforms, lost} = await platformsOf(cluster, walk);
	for (const {message} of lost) report.tell({type: 'note', detail: `not asked for its processor: ${message.split('\n')[0]}`});
	if (platforms.length > 0) return platforms;
	report.tell({type: 'note', detail: 'no machine answers: the bundle is for linux/amd64 (--platform says otherwise)'});
	return ['linux/amd64'];
}

function closing(call: Call, made: {file: string; id: string; size: number}, count: number, old: Whole | undefined): Closing {
	const more = old === undefined ? '' : ` without what ${old.id.slice(0, 19)} has`;
	const given = [made.file, ...(call.flags.bundle.since ?? [])].map((file) => `--bundle ${file}`).join(' ');
	return {
		headline: `${made.file}: ${count} artifacts${more}, ${Math.round(statSync(made.file).size / 1e6)} MB, ${made.id}`,
		next: [`kubestrap bundle verify ${made.file}`, `kubestrap init ${sameCluster(call.flags)} ${given}`],
	};
}
