/** Flags of bundles: making them, and installing from them. */
import {ConfigError} from '../errors.ts';
import type {Options} from './options.ts';

export type BundleFlags = {
	/** Files to install from: a bundle, and those that it is a difference to. */
	readonly bundle?: readonly string[];
	/** Bytes in a second over the operator's line, as `20M`. */
	readonly rate?: string;
	/** Bundles that the new one is a difference to. */
	readonly since?: readonly string[];
	/** `linux/amd64`, … */
	readonly platform?: readonly string[];
};

/** Of the verbs that install. */
export const bundleOptions: Options = {
	bundle: {
		type: 'string',
		list: true,
		describe: 'install from this bundle; no mirror and no registry is asked. A difference needs the bundle it builds on too',
	},
	rate: {type: 'string', describe: 'with --bundle: at most so many bytes in a second over your own line, as 500k or 20M'},
};

export const bundleCreateOptions: Options = {
	since: {type: 'string', list: true, describe: 'write only what this bundle has not: a difference to it'},
	platform: {
		type: 'string',
		list: true,
		describe: 'linux/amd64, linux/arm64: for these machines; without it the nodes are asked (linux/amd64 where none answers)',
	},
};

/** Bytes in a second. Throws ConfigError. */
export function rateOf(given: string): number {
	const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kKMG]?)(?:B(?:\/s)?)?$/.exec(given) ?? [];
	const rate = Number(digits) * {'': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9}[unit as '']!;
	if (rate >= 1000) return rate;
	throw new ConfigError([
		{message: `--rate ${given} is no rate`, hint: 'write it as 500k or 20M: bytes in a second, 1k or more'},
	]);
}
