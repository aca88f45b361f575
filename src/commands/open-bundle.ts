/** From `--bundle` to a bundle that was compared with its digests, and to the lock that holds with it. */
import {resolve} from 'node:path';
import {agreement, openTogether, type Whole} from '../artifacts/bundle/together.ts';
import {ConfigError} from '../errors.ts';
import type {Cluster, Lock} from '../model.ts';
import type {Report} from '../report/report.ts';
import {rateOf} from './bundle-options.ts';
import type {Call} from './call.ts';
import {openLock} from './open-cluster.ts';

export type GivenBundle = {readonly whole: Whole; readonly rate?: number};

/** Every byte of the files is read and compared first. Throws ConfigError with all that is wrong. */
export async function givenBundle({flags, around}: Call, {tell}: Report): Promise<GivenBundle | undefined> {
	const {bundle = [], rate: given} = flags.bundle;
	if (bundle.length === 0) {
		if (given === undefined) return undefined;
		throw new ConfigError([{message: '--rate is for what is installed from a bundle', hint: 'give --bundle FILE too'}]);
	}
	const rate = given === undefined ? undefined : rateOf(given);
	const began = performance.now();
	const files = bundle.map((file) => resolve(around.cwd, file));
	const whole = await openTogether(files, {signal: around.signal});
	tell({type: 'note', detail: `the bundle is whole: ${whole.id}`, ms: Math.round(performance.now() - began)});
	return {whole, ...(rate === undefined ? {} : {rate})};
}

/** The config's own lock where it names one, which the bundle must obey; else the bundle's. Throws ConfigError. */
export function lockWith({whole}: GivenBundle, cluster: Cluster, call: Call): Lock {
	if (cluster.lock === undefined) return whole.lock;
	const lock = openLock(cluster, call);
	const {differ} = agreement(whole.contents, lock);
	if (differ.length === 0) return lock;
	const hint = 'make the bundle anew with this lock, or leave the lock out and trust that of the bundle';
	throw new ConfigError(
		differ.map((message) => ({file: cluster.lock!, message: `the bundle does not obey the lock: ${message}`})),
		{hint},
	);
}
