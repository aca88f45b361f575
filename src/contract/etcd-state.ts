import {directories, etcdLog} from '../checks/probes.ts';
import {linesOf, said} from '../checks/row.ts';
import type {EtcdMember, Living, Site} from '../model.ts';
import {inUrl} from './probes.ts';

/**
 * What the etcd of a control plane needs, to be a voting member:
 * `birth`: it is listed since the cluster was born, and has never published itself: start it as it was meant to.
 * `kept`: nothing.
 * `replace`: it has published itself, and its data is gone: out with the member, and in again as a learner. Never start it with an empty folder.
 * `add`: it is not listed. Data of ours that lies there is of a member that was taken out.
 * `promote`: it is a learner: start it if it does not run, and promote it when it has caught up.
 */
export type MemberState = 'birth' | 'kept' | 'replace' | 'add' | 'promote';

export const peerUrl = (address: string): string => `https://${inUrl(address)}:2380`;

/** The member of this site: the one at its address, else the one of its name. */
export function memberOf(
	{name, address}: Pick<Site, 'name' | 'address'>,
	members: readonly EtcdMember[],
): EtcdMember | undefined {
	return members.find(({peerUrls}) => peerUrls.includes(peerUrl(address))) ?? members.find((member) => member.name === name);
}

/** Undefined where nobody can tell: with an external etcd, and when etcd could not be asked. */
export function memberStateOf(site: Site, living: Pick<Living, 'members'> | undefined): MemberState | undefined {
	if (living?.members === undefined) return undefined;
	const member = memberOf(site, living.members);
	if (member === undefined) return 'add';
	const isPublished = member.clientUrls.length > 0;
	if (!isPublished) return member.learner ? 'promote' : 'birth';
	if (isGone(site)) return 'replace';
	return member.learner ? 'promote' : 'kept';
}

/**
 * Only what was looked at and seen empty is gone; a folder that could not be looked at is not. A member that lost its data is started again and
 * again by its kubelet, and leaves things there; but without its log it is no member.
 */
function isGone(site: Site): boolean {
	const isEmpty = linesOf(said(site, directories)).some((line) => /^(absent|empty)\t/.test(line));
	return isEmpty || said(site, etcdLog).trim() === 'none';
}
