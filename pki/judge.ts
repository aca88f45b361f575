/** Says why a certificate that lies on a node cannot stay. Looks at public halves only; the clock is the caller's. */
import {signatureOf} from './algorithms.ts';
import {addressBytes} from './names.ts';
import {type Certificate, certificatesIn, firstCertificate, readCertificate} from './read.ts';
import type {Wanted} from './sign.ts';

/** `foreign`: signed by somebody else, so making it anew would hide a mistake. The others can be healed by a new certificate. */
export type Verdict = {readonly fault: 'unreadable' | 'foreign' | 'period' | 'use' | 'subject' | 'names'; readonly why: string};

/** A leaf under its authority's certificate file. Undefined: it can stay. The order is the order of gravity. */
export function judgeLeaf(
	pem: string,
	wanted: Omit<Wanted, 'notBefore' | 'notAfter'>,
	authorityPem: string,
	at: Date,
): Verdict | undefined {
	let leaf: Certificate;
	let chain: Certificate[];
	try {
		leaf = readCertificate(firstCertificate(pem));
		chain = certificatesIn(pem).slice(1).map(readCertificate);
	} catch (error) {
		return {fault: 'unreadable', why: `it cannot be read: ${(error as Error).message}`};
	}
	const root = readCertificate(firstCertificate(authorityPem));
	if (!chained(leaf, chain, root)) {
		return {fault: 'foreign', why: `it is not signed by ${nameOf(root)} but by ${oneLine(leaf.x509.issuer)}`};
	}
	const period = periodOf(leaf, at);
	if (period) return period;
	const uses = wanted.profile.extendedKeyUsage.filter((use) => leaf.extendedKeyUsage && !leaf.extendedKeyUsage.includes(use));
	if (uses.length > 0) return {fault: 'use', why: `it may not be used for ${uses.join(' and ')}`};
	if (leaf.keyUsage && !leaf.keyUsage.includes('digitalSignature'))
		return {fault: 'use', why: 'it may not be used for digitalSignature'};
	return whoOf(leaf, wanted) ?? namesOf(leaf, wanted);
}

/** An authority that was found. Undefined: it can be used. Of a chain the first certificate is looked at, as kubeadm does. */
export function judgeAuthority(pem: string, at: Date): Verdict | undefined {
	let root: Certificate;
	try {
		root = readCertificate(firstCertificate(pem));
	} catch (error) {
		return {fault: 'unreadable', why: `it cannot be read: ${(error as Error).message}`};
	}
	if (!root.authority) return {fault: 'use', why: 'it is not a certificate authority (basic constraints do not say CA)'};
	if (root.keyUsage && !root.keyUsage.includes('keyCertSign')) {
		return {fault: 'use', why: 'its key usage does not allow it to sign certificates (keyCertSign)'};
	}
	try {
		signatureOf(root.x509.publicKey);
	} catch (error) {
		return {fault: 'use', why: (error as Error).message};
	}
	return periodOf(root, at);
}

/** The leaf leads to the root, directly or over certificates that lie with it in its file. */
function chained(leaf: Certificate, between: readonly Certificate[], root: Certificate): boolean {
	let link = leaf;
	for (let steps = 0; steps <= between.length; steps++) {
		if (signedBy(link, root)) return true;
		const next = between.find((candidate) => candidate !== link && candidate.authority && signedBy(link, candidate));
		if (!next) return false;
		link = next;
	}
	return false;
}

// checkIssued compares names and key ids only; the signature is the proof.
const signedBy = (child: Certificate, parent: Certificate): boolean =>
	child.x509.checkIssued(parent.x509) && child.x509.verify(parent.x509.publicKey);

function periodOf({notBefore, notAfter}: Certificate, at: Date): Verdict | undefined {
	if (at > notAfter) return {fault: 'period', why: `it expired at ${iso(notAfter)}`};
	if (at < notBefore) return {fault: 'period', why: `it is not valid before ${iso(notBefore)}, and now is ${iso(at)}`};
	return undefined;
}

/** Who a client is decides what it may do; a server is known by its names, so its subject is not judged. */
function whoOf(leaf: Certificate, wanted: Omit<Wanted, 'notBefore' | 'notAfter'>): Verdict | undefined {
	if (wanted.profile.extendedKeyUsage.some((use) => use === 'serverAuth')) return undefined;
	if (leaf.commonName !== wanted.commonName) {
		return {
			fault: 'subject',
			why: `its common name is ${JSON.stringify(leaf.commonName)}, not ${JSON.stringify(wanted.commonName)}`,
		};
	}
	// More groups than wanted are what older releases gave; renewal keeps them, and so do we.
	const groups = wanted.organizations.filter((name) => !leaf.organizations.includes(name));
	return groups.length > 0 ? {fault: 'subject', why: `its organization is not ${groups.join(', ')}`} : undefined;
}

function namesOf(leaf: Certificate, {names}: Pick<Wanted, 'names'>): Verdict | undefined {
	const dns = names.dns.filter((name) => !leaf.dns.includes(name) && leaf.x509.checkHost(name) === undefined);
	const ips = names.ips.filter((address) => !leaf.ips.includes(addressBytes(address).toString('hex')));
	const missing = [...dns, ...ips];
	return missing.length > 0 ? {fault: 'names', why: `it lacks the names ${missing.join(', ')}`} : undefined;
}

const iso = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
const oneLine = (name: string): string => name.replace(/\n/g, ', ');
const nameOf = ({x509}: Certificate): string => `this authority (${oneLine(x509.subject)})`;
