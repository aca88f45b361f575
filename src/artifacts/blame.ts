/** What an address did wrong with a file that the lock describes, each with what to do about it. */

export const remedies = {
	page: 'a login page or a proxy stands before the files: open the address in a browser from this machine, or name another mirror',
	json: 'the server tells of an error instead of giving the file: its words say which; is the path right, and are we allowed there?',
	short: 'run the same command again: what came so far is kept, and gone on with',
	size: 'the mirror has another file under this name, or half of it: have it synchronised, or name another one (spec.mirror.binaries)',
	content:
		'the mirror gives other bytes than upstream: do not use it before somebody has found out why (spec.mirror.binaries names another one)',
	changed:
		"upstream's own file is another one than when the lock was made: compare it with the project's announcement, then make the lock anew (`kubestrap images lock --only binaries FILE`)",
	absent: 'is the version right, and has the mirror been synchronised since its release?',
	denied: 'the server wants to know who asks; name a mirror that gives files to everybody',
	silent:
		'is the address right, and does a firewall or a proxy stand between? name a mirror that can be reached (spec.mirror.binaries)',
	other: 'mend the mirror, or name another one (spec.mirror.binaries)',
} as const;
export type Blame = keyof typeof remedies;

/** One address that failed, and how. */
export type Miss = {readonly url: string; readonly why: string; readonly blame: Blame};

/** What a status says when it is not the file. */
export function blameStatus(status: number): Blame {
	if (status === 404 || status === 410) return 'absent';
	return status === 401 || status === 403 || status === 407 ? 'denied' : 'other';
}

/** What something that is not the file begins like: a page, an error in JSON, or nothing that we know. */
export function blameBeginning(beginning: Uint8Array): 'page' | 'json' | undefined {
	const text = Buffer.from(beginning).toString('latin1').trimStart();
	if (/^<(?:!doctype|html|head|\?xml)/i.test(text)) return 'page';
	return /^[[{]\s*["\]}{[]/.test(text) ? 'json' : undefined;
}

/** The beginning of an answer that is no file, fit for a message: one line, nothing that a terminal would obey. */
export function quoteBeginning(beginning: Uint8Array): string {
	const text = Buffer.from(beginning)
		.toString('utf8')
		.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
		.trim();
	return text.length > 160 ? `${text.slice(0, 160)} ...` : text;
}

/** The same miss where upstream itself was asked: nobody else can have changed the file. */
export function blameUpstream(miss: Miss): Miss {
	const isOther = miss.blame === 'size' || miss.blame === 'content';
	return isOther ? {...miss, blame: 'changed', why: `upstream changed: ${miss.why}`} : miss;
}
