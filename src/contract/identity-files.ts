/** The files of certificates and keys on a node as steps: contents are names of secrets, and what may stay is left alone. */
import {dirname} from 'node:path/posix';
import type {Row} from '../../pki/certificates.ts';
import {filesOf} from '../../pki/places.ts';
import type {Content, IdentityItem, Scope, Step} from '../model.ts';
import {certificateFoldersOf} from './folders.ts';

/** An authority, or the service accounts' keys: one for the cluster, the same bytes on all control planes. */
export function sharedFiles(scope: Scope, row: Row): Step[] {
	const item = scope.identity.items[row.name];
	if (item === undefined) return [];
	const paths = filesOf(row, certificateFoldersOf(scope.cluster));
	const publicId = `${row.name}.${row.as === 'keys' ? 'pub' : 'crt'}`;
	const publicMode = row.as === 'keys' ? '0600' : '0644';
	const here = isHere(scope, item, paths.public);
	// Half of a pair may be there alone: a machine that joins gets the authority's certificate first, and a run may die before its key comes.
	const isThere = (path: string) => here && scope.site.facts.files[path] !== undefined;
	// Whoever is born here must never take the place of one that is there already, whatever the survey saw.
	const once = item.state === 'make' && scope.site.name === item.on;
	return [
		...(hasKey(scope, item, paths.private) ? [file(paths.private, '0600', isThere(paths.private), `${row.name}.key`, once)] : []),
		// A crash, or an operator, may leave the service accounts' key alone: its public half is made from it.
		file(paths.public, publicMode, isThere(paths.public), publicId, once),
	];
}

/** A certificate of this node and its key. The key is written first, so that a certificate is never there without it. */
export function pairFiles(scope: Scope, row: Row): Step[] {
	const {name} = scope.site;
	const item = scope.identity.items[`${row.name}@${name}`];
	if (item === undefined) return [];
	const paths = filesOf(row, certificateFoldersOf(scope.cluster));
	const kept = item.state === 'keep';
	return [
		file(paths.private, '0600', kept, `${row.name}.key@${name}`),
		file(paths.public, '0644', kept, `${row.name}.crt@${name}`),
	];
}

/** A step for a file that holds one secret, or that may stay as it is. */
export function file(path: string, mode: string, kept: boolean, secret: string, once = false): Step {
	const content: Content | {kept: true} = kept ? {kept} : [{secret}];
	return {kind: 'file', path, content, mode, ...(once ? {once} : {})};
}

/** The folders of the files among these steps, outermost first. */
export function foldersOf(steps: readonly Step[]): Step[] {
	const paths = new Set(steps.flatMap((step) => (step.kind === 'file' ? [dirname(step.path)] : [])));
	return [...paths].sort().map((path) => ({kind: 'dir', path, mode: '0755'}));
}

function isHere({site}: Scope, item: IdentityItem, path: string): boolean {
	if (item.state !== 'keep') return false;
	const seen = site.facts.files[path]?.text;
	return item.on === site.name || (seen !== undefined && seen.trim() === item.publicHalf?.trim());
}

/** An operator may keep a CA's key elsewhere: then there is none to lay down. */
function hasKey({sites}: Scope, item: IdentityItem, path: string): boolean {
	const holder = sites.find(({name}) => name === item.on);
	return item.state === 'make' || holder?.facts.files[path] !== undefined;
}
