/** One manifest from a registry: its exact bytes, with the digest that they must have. */
import {cause} from '../wire.ts';
import {drop, limited, TooLong, TooSlow} from './body.ts';
import {RegistryError} from './failure.ts';
import {type Manifest, ManifestError, mediaTypes, mostManifest, readManifest} from './manifest.ts';
import {imageName} from './source.ts';
import type {Question, Talk} from './talk.ts';

/** All four kinds: a registry that is not asked for one turns it into another. */
export const acceptManifests = Object.values(mediaTypes).join(', ');
const tries = 3;

/** Asks for a manifest by tag or digest. Rejects with RegistryError when it is not what was asked for. */
export async function fetchManifest(
	talk: Talk,
	question: Omit<Question, 'statuses' | 'headers'>,
	tag: string,
): Promise<Manifest> {
	const place = {where: question.registry, ref: question.ref};
	for (let left = tries; ; left--) {
		const {headers, body} = await talk.ask({...question, headers: {accept: acceptManifests}, statuses: [200]});
		try {
			if (!['', 'identity'].includes(String(headers['content-encoding'] ?? '')))
				throw new ManifestError('comes compressed, though that was not asked for');
			const manifest = readManifest(await limited(body, mostManifest), String(headers['content-type'] ?? ''));
			const said = headers['docker-content-digest'];
			if (tag.startsWith('sha256:') && tag !== manifest.digest)
				throw new ManifestError(`has the digest ${manifest.digest}, not ${tag}`);
			if (typeof said === 'string' && said.startsWith('sha256:') && said !== manifest.digest)
				throw new ManifestError(`has the digest ${manifest.digest}, the registry says ${said}`);
			return manifest;
		} catch (error) {
			body.destroy();
			if (error instanceof ManifestError) throw new RegistryError('wrong', place, `its manifest ${error.message}`);
			if (error instanceof TooLong) throw new RegistryError('wrong', place, `its manifest is longer than ${mostManifest} bytes`);
			if (error instanceof TooSlow) throw new RegistryError('silent', place, `its manifest: ${error.message}`, {cause: error});
			if (left === 1) throw new RegistryError('silent', place, `its manifest broke off: ${cause(error)}`, {cause: error});
		}
	}
}

/** The digest that a reference has in a registry, undefined when there is none; empty where the registry does not say it. Asks for no body. */
export async function hasManifest(
	talk: Talk,
	question: Omit<Question, 'to' | 'statuses' | 'headers'>,
	ref: string,
): Promise<string | undefined> {
	const {tag, digest} = imageName(ref);
	const to = `/v2/${question.repository}/manifests/${digest ?? tag!}`;
	const asking = {...question, method: 'HEAD', to, headers: {accept: acceptManifests}, statuses: [200, 404]} as const;
	const {status, headers, body} = await talk.ask(asking);
	await drop(body);
	return status === 404 ? undefined : String(headers['docker-content-digest'] ?? '');
}
