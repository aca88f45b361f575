/** One image at one place, compared with what upstream's is: by config and layers, because a mirror may have rewritten the manifest around them. */
import {diffIdOf} from './layer-content.ts';
import type {Description} from './registry/describe.ts';
import {RegistryError} from './registry/failure.ts';
import type {Registry} from './registry/registry.ts';

/** What upstream's image is. `layers` are the digests of the layers as upstream packed them, where they are known. */
export type Truth = {
	readonly digest: string;
	readonly config: string;
	readonly diffIDs: readonly string[];
	readonly layers?: readonly string[];
};

export const states = {
	same: 'same',
	rewritten: 'rewritten manifest, same content',
	missing: 'missing',
	different: 'different',
	platform: 'wrong platform',
	unreachable: 'unreachable',
	unproved: 'there, but nobody says what it must be',
} as const;
export type State = keyof typeof states;

/** What was found under a name. `from` is how it is had there: with its digest where the manifest is not upstream's. */
export type Finding = {readonly state: State; readonly from?: string; readonly why?: string};

export type Seen = {readonly at: string; readonly is: Description};

/** Looks under each name in turn until one has the image; what no name has is missing, and the finding says why. Throws the signal's reason. */
export async function see(registry: Registry, names: readonly string[], platform: string): Promise<Seen | Finding> {
	let worst: Finding = {state: 'missing'};
	for (const at of names) {
		try {
			return {at, is: await registry.describe(at, platform)};
		} catch (error) {
			if (!(error instanceof RegistryError)) throw error;
			const finding = await miss(registry, at, error);
			if (finding.state !== 'missing') return finding;
			worst = worst.why === undefined ? finding : worst;
		}
	}
	return worst;
}

/** A registry says in the same way that it has no image, and that it has none for a platform: so it is asked whether the name exists. */
async function miss(registry: Registry, at: string, {fault, why}: RegistryError): Promise<Finding> {
	if (fault === 'silent') return {state: 'unreachable', why};
	if (fault === 'wrong') return {state: 'different', why};
	// aliyun denies what is not there.
	if (fault === 'denied') return {state: 'missing', why};
	const there = await registry.has(at).catch(() => undefined);
	return there === undefined ? {state: 'missing'} : {state: 'platform', why};
}

/**
 * Judges what was seen against the truth. Layers that are packed in another way are unpacked and compared by their content, so every byte that
 * a node would run is known to be upstream's.
 */
export async function judge(registry: Registry, {at, is}: Seen, truth: Truth): Promise<Finding> {
	if (is.digest === truth.digest) return {state: 'same', from: at};
	const wrong = [
		...(is.config === truth.config ? [] : [`config is ${is.config}, upstream's is ${truth.config}`]),
		...otherLayers(is.diffIDs, truth.diffIDs),
	];
	if (wrong.length > 0) return {state: 'different', why: wrong.join('; ')};
	for (const [index, layer] of is.layers.entries()) {
		if (truth.layers?.[index] === layer.digest) continue;
		try {
			const content = await diffIdOf(registry.blob(at, layer), layer.mediaType);
			if (content !== truth.diffIDs[index])
				return {state: 'different', why: `layer ${index + 1} unpacks to ${content}, upstream's to ${truth.diffIDs[index]}`};
		} catch (error) {
			if (error instanceof RegistryError) return miss(registry, at, error);
			return {state: 'different', why: `layer ${index + 1} cannot be unpacked: ${(error as Error).message}`};
		}
	}
	return {state: 'rewritten', from: `${at}@${is.digest}`};
}

function otherLayers(is: readonly string[], wanted: readonly string[]): string[] {
	if (is.length !== wanted.length) return [`it has ${is.length} layers, upstream's has ${wanted.length}`];
	return is.flatMap((id, index) => (id === wanted[index] ? [] : [`layer ${index + 1} is ${id}, upstream's is ${wanted[index]}`]));
}
