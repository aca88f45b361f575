/** What may stand in a lock file: a rule per field, and per key of each map. */
import {parseImage} from './mirror.ts';

/** `what` completes the sentence "must be …". */
export type Rule = {readonly what: string; readonly holds: (value: unknown) => boolean};
/** A map of the lock: what its keys are, and the fields of each entry; `inner` are fields that are such maps again. */
export type Rows = {
	readonly key: Rule;
	readonly fields: Readonly<Record<string, Rule>>;
	readonly inner?: Readonly<Record<string, Rows>>;
	/** It may be absent. */
	readonly optional?: true;
};

const text = (pattern: RegExp, what: string): Rule => ({
	what,
	holds: (value) => typeof value === 'string' && pattern.test(value),
});
const list = (rule: Rule): Rule => ({
	what: `a list, each ${rule.what}`,
	holds: (value) => Array.isArray(value) && value.length > 0 && value.every(rule.holds),
});

const path = '(?!(?:.*\\/)?\\.\\.?(?:\\/|$))[A-Za-z0-9._~+-]+(?:\\/[A-Za-z0-9._~+-]+)*';
const hash = text(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits');
const sha256 = text(/^[0-9a-f]{64}$/, '64 hex digits');
const size: Rule = {what: 'a number of bytes', holds: (value) => Number.isSafeInteger(value) && Number(value) > 0};
const image = (what: string, holds: (ref: string) => boolean): Rule => ({
	what,
	holds: (ref) => typeof ref === 'string' && holds(ref),
});

const platform = text(/^linux\/(?:amd64|arm64)$/, 'linux/amd64 or linux/arm64');
const content = {
	digest: hash,
	config: hash,
	diffIDs: list(hash),
	from: list(image('an image reference', (ref) => parseImage(ref) !== undefined)),
};

const packages: Rows = {
	key: text(/^[a-z0-9][a-z0-9+.-]+\/(?:amd64|arm64|all)$/, 'NAME/ARCH'),
	fields: {
		version: text(/^\d[A-Za-z0-9.+:~-]*$/, 'the version of a package'),
		sha256,
		size,
		from: text(new RegExp(`^${path}$`), 'a path below the repository'),
	},
};

/** The maps of a lock file by name (interfaces.md §6). */
export const lockRows: Readonly<Record<'binaries' | 'images' | 'packages', Rows>> = {
	binaries: {
		key: text(/^[a-z0-9][a-z0-9.-]*\/v?\d[A-Za-z0-9.+-]*\/(?:amd64|arm64)$/, 'NAME/VERSION/ARCH'),
		fields: {
			sha256,
			size,
			from: list(
				text(
					new RegExp(`^(?:https:\\/\\/[A-Za-z0-9.-]+(?::\\d+)?\\/|\\/?)${path}$`),
					'a path in the release layout or an https address',
				),
			),
		},
	},
	images: {
		key: image('a full image reference with a tag', (ref) => parseImage(ref)?.tag !== undefined),
		fields: {platform, ...content},
		inner: {platforms: {key: platform, fields: content, optional: true}},
	},
	// Build services put colons into their paths: core:/stable:/v1.37/deb.
	packages: {
		optional: true,
		key: text(/^(?:kubernetes|docker|os)$/, 'kubernetes, docker or os'),
		fields: {
			repository: text(
				new RegExp(`^${path.replaceAll('._~+-', '._~+:-')}$`),
				"a path in the publisher's layout, as core/stable/v1.37/deb",
			),
			fingerprint: text(/^[0-9A-F]{40}$/, 'the fingerprint of a key, 40 hex digits in capitals'),
		},
		inner: {files: packages},
	},
};
