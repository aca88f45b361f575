/** Decides for one node's certificate whether it stays, is made, or is somebody's mistake. Rules: kubeadm-contract.md §4.6, §5.5. */
import type {CertificateRow} from '../../pki/certificates.ts';
import {judgeLeaf, type Verdict} from '../../pki/judge.ts';
import {certificatesIn, sameCertificate} from '../../pki/read.ts';
import type {Cluster, IdentityItem} from '../model.ts';
import {wantedOf} from './holder.ts';
import {idOf} from './places.ts';
import {matches, type Seen} from './seen.ts';
import type {Found} from './shared.ts';
import type {Trouble} from './trouble.ts';

/** `authority` is the item of the row's signer. */
export function leaf(row: CertificateRow, seen: Seen, authority: IdentityItem, cluster: Cluster, at: Date): Found {
	const {site, files} = seen;
	const item = {id: idOf(row, site), on: site.name, file: files.public};
	const make = (why?: string): Found => {
		const made = {...item, state: 'make', ...(why && {why})} as const;
		return {item: made, troubles: authority.keyless ? [cannotMake(seen, authority, why ?? 'it is not there')] : []};
	};
	const refuse = (evidence: string, remedy: string): Found => {
		return {
			item: {...item, state: 'make'},
			troubles: [{what: `${row.name} on ${site.name}`, evidence: `${files.public}: ${evidence}`, remedy}],
		};
	};
	if (!seen.publicThere) return make(seen.privateThere ? `${files.private} has no certificate` : undefined);
	const away = `Move ${files.public} away on ${site.name} to have it made anew, or reset that node if it belongs to another cluster.`;
	if (row.as === 'kubeconfig') {
		const fault = kubeconfigFault(seen, authority);
		if (fault) return refuse(fault, away);
		// Somebody may have put other credentials there; kubeadm does not look at them either.
		if (seen.publicHalf === undefined) return {item: {...item, state: 'keep'}, troubles: []};
	}
	if (authority.state === 'make') return refuse(`it was signed by an authority that is on no control plane`, away);
	const fault = judgeLeaf(seen.publicHalf ?? '', wantedOf(row, cluster, site), authority.publicHalf ?? '', at);
	if (fault?.fault === 'foreign') return refuse(fault.why, away);
	const why = fault?.why ?? keyFault(seen);
	if (why) return make(why);
	return {item: {...item, state: 'keep', ...(seen.publicHalf && {publicHalf: seen.publicHalf})}, troubles: []};
}

function keyFault(seen: Seen): Verdict['why'] | undefined {
	if (!seen.privateThere) return `its key ${seen.files.private} is missing`;
	if (seen.keyUnreadable) return `its key ${seen.files.private} cannot be read`;
	return matches(seen) === false ? `${seen.files.private} is not its key` : undefined;
}

function kubeconfigFault({kubeconfig}: Seen, {publicHalf}: IdentityItem): string | undefined {
	if (kubeconfig?.server === undefined) return 'it cannot be read as a kubeconfig with one cluster';
	// The authority may be named as a file beside it.
	if (kubeconfig.ca === undefined) return undefined;
	const known = publicHalf === undefined ? [] : certificatesIn(publicHalf);
	try {
		const trusted = known.some((pem) => sameCertificate(pem, kubeconfig.ca!));
		return trusted ? undefined : 'it names another authority than the cluster has';
	} catch {
		return 'the authority in it cannot be read';
	}
}

function cannotMake({site, files}: Seen, authority: IdentityItem, why: string): Trouble {
	return {
		what: `${files.public} on ${site.name}`,
		evidence: `${why}, and it cannot be made because the key of ${authority.id} is on no control plane`,
		remedy: `Either lay ${authority.file.replace(/\.crt$/, '.key')} beside its certificate, or lay down every file listed above, signed by that authority.`,
	};
}
