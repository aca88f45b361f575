/** `kubestrap images load`: a saved file, or a bundle, into a registry or into the nodes. */
import {resolve} from 'node:path';
import {copyImages, type WantedImage} from '../artifacts/copy.ts';
import {type Layout, openLayout} from '../artifacts/layout/open.ts';
import {missingFromLock} from '../artifacts/lock.ts';
import {openRegistry} from '../artifacts/registry/registry.ts';
import {clashes, targetRef} from '../artifacts/target-names.ts';
import {ConfigError, exitCodes} from '../errors.ts';
import type {Lock, Summary} from '../model.ts';
import {loadImages} from '../pipeline/load-images.ts';
import {type Act, act} from './act.ts';
import type {Call} from './call.ts';
import type {Connect} from './first-control-plane.ts';
import {closingOf, summaryOf} from './images-outcome.ts';
import {lockOf, placeOf, registryOptions} from './images-selection.ts';
import {isGiven, openCluster} from './open-cluster.ts';

export async function imagesLoad(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	return act('images-load', call, {}, async (acting) => {
		const [word = '', ...names] = flags.words;
		const to = flags.images?.to;
		const place = to === 'nodes' ? undefined : placeOf('to', to, 'nodes');
		const cluster = place === undefined || isGiven(call) ? await openCluster(call) : undefined;
		const lock = lockOf(call, cluster);
		const file = resolve(around.cwd, word);
		acting.report.tell({type: 'run', detail: {verb: 'images load', version: around.version, what: `${word} to ${to}`}});
		const whole = await openLayout(file, {signal: around.signal});
		const unknown = names.filter((name) => !whole.names.includes(name));
		if (unknown.length > 0)
			throw new ConfigError(
				unknown.map((name) => ({file: word, message: `it has no image ${name}`, hint: `it has ${whole.names.join(', ')}`})),
			);
		// With names, the operator says what is meant.
		if (lock !== undefined && names.length === 0) {
			const missing = missingFromLock(lock, {binaries: [], images: whole.names});
			if (missing.length > 0)
				throw new ConfigError(missing, {hint: `nothing was sent; name the images of ${word} that are meant`});
		}
		const layout = names.length > 0 ? {...whole, names} : whole;
		await acting.report.live();
		if (place !== undefined) return toRegistry({layout, file: word, lock}, place, call, acting);
		return toNodes(layout, lock, cluster!, call, acting, connect);
	});
}

async function toRegistry(
	{layout, file, lock}: {layout: Layout; file: string; lock: Lock | undefined},
	place: ReturnType<typeof placeOf>,
	call: Call,
	{report}: Act,
): Promise<number> {
	const {flags, around} = call;
	const began = performance.now();
	const cluster = isGiven(call) ? await openCluster(call) : undefined;
	const images = layout.names.map((name): WantedImage => {
		const to = targetRef(name, place, flags.images?.flat === true);
		return {name, from: [name], to, platforms: 'all', locked: lock?.images[name]};
	});
	const problems = clashes(images).map((message) => ({message, hint: 'name one of them, and copy the other to another prefix'}));
	if (problems.length > 0) throw new ConfigError(problems);
	const registry = openRegistry(registryOptions(call, cluster, place.plain ? [place.host] : []));
	try {
		const target = registry.target(place.host);
		const done = await copyImages(images, {source: layout, target, tell: report.tell, signal: around.signal});
		const summary = summaryOf(done, place.base, performance.now() - began, `mend ${file}, or make it anew`);
		report.end(summary, closingOf(done, place.base));
		return summary.exit;
	} finally {
		await registry.close();
	}
}

async function toNodes(
	layout: Layout,
	lock: Lock | undefined,
	cluster: Awaited<ReturnType<typeof openCluster>>,
	{around}: Call,
	{report, walk}: Act,
	connect: Connect,
): Promise<number> {
	const began = performance.now();
	const hosts = await connect(cluster, walk);
	try {
		const {criSocket} = cluster.registration;
		const all = await loadImages(layout, hosts, {criSocket, lock, tell: report.tell, signal: around.signal});
		const failures = all.flatMap((one) => ('error' in one ? [one] : []));
		const good = all.flatMap((one) => ('error' in one ? [] : [one]));
		const summary: Summary = {
			ok: failures.length === 0,
			exit: failures.length === 0 ? exitCodes.done : exitCodes.step,
			changed: good.reduce((sum, {loaded}) => sum + loaded, 0),
			unchanged: good.reduce((sum, {present}) => sum + present, 0),
			failed: failures.length,
			ms: Math.round(performance.now() - began),
			failures: failures.map(({node, error}) => ({
				node,
				phase: 'images',
				step: 'load',
				what: error.message,
				evidence: [],
				remedy: error.hint,
			})),
			spent: good.map(({node, ms}) => ({node, phase: 'images', ms})),
		};
		const bytes = good.reduce((sum, one) => sum + one.bytes, 0);
		const sent = `${(bytes / 1e6).toFixed(1)} MB sent`;
		report.end(summary, {
			headline: summary.ok
				? `${layout.names.length} images are on ${all.map(({node}) => node).join(', ')}: ${sent}`
				: `${failures.length} of ${all.length} nodes did not take the images: ${sent}`,
			next: summary.ok ? [] : ['mend the cause, then run the same command again: what is there is not sent again'],
		});
		return summary.exit;
	} finally {
		await Promise.all([...hosts.values()].map((host) => host.close()));
	}
}
