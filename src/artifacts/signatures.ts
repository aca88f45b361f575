/** Whether a clear-signed text was signed by a key: gpgv says it, on this machine or on another one that has it. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {env} from 'node:process';
import {text} from 'node:stream/consumers';
import type {Host, Output} from '../model.ts';
import {dearmor} from '../packages/openpgp.ts';

/** Runs `sh -c SCRIPT sh ARGUMENTS` with a text on stdin. */
export type Shell = (script: string, args: readonly string[], stdin: string) => Promise<Output>;

/**
 * Answers the fingerprint of the primary key that signed. `key`: the one armored key that may; absent: those that a distribution's own archive is
 * signed with, as the machine has them. Throws an Error with a sentence.
 */
export type Verify = (signed: string, key?: string) => Promise<string>;

/** `sh -c script sh [BASE64-KEY]`, the signed text on stdin. Changes nothing but a folder of its own, which goes again. */
const script = `set -u
command -v gpgv >/dev/null || { echo 'no gpgv' >&2; exit 127; }
t=$(mktemp -d) || exit 73
trap 'rm -rf "$t"' EXIT
cat >"$t/signed"
if [ -n "$1" ]; then
	printf %s "$1" | base64 -d >"$t/key.gpg" || exit 65
	set -- --keyring "$t/key.gpg"
else
	set --
	for file in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/ubuntu-archive-keyring.gpg /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*.gpg; do
		[ ! -e "$file" ] || set -- "$@" --keyring "$file"
	done
	n=0
	for file in /etc/apt/trusted.gpg.d/*.asc; do
		[ -e "$file" ] || continue
		n=$((n + 1))
		sed -n '/^$/,/^=/{/^$/d;/^=/d;/^-/d;p;}' "$file" | base64 -d >"$t/$n.gpg" && set -- "$@" --keyring "$t/$n.gpg"
	done
fi
gpgv --status-fd 1 "$@" "$t/signed" 2>/dev/null`;

/** Verifies by a shell's gpgv; undefined when it has none. */
export async function verifierOf(shell: Shell): Promise<Verify | undefined> {
	const {code} = await shell('command -v gpgv', [], '');
	if (code !== 0) return undefined;
	return async (signed, key) => {
		const {code: rc, stdout, stderr} = await shell(script, [key === undefined ? '' : dearmor(key).toString('base64')], signed);
		return judge(rc, stdout, stderr);
	};
}

/** gpgv's words on its status line (GnuPG's doc/DETAILS). */
function judge(code: number, status: string, stderr: string): string {
	const says = (word: string) => new RegExp(`^\\[GNUPG:\\] ${word}(?: (.*))?$`, 'm').exec(status);
	if (says('BADSIG')) throw new Error('its signature does not fit: it was changed');
	if (says('EXPKEYSIG')) throw new Error('it is signed with a key that has expired');
	if (says('REVKEYSIG')) throw new Error('it is signed with a key that was revoked');
	const primary = says('VALIDSIG')?.[1]?.trim().split(' ').at(-1);
	if (code === 0 && says('GOODSIG') && primary !== undefined) return primary;
	const unknown = says('NO_PUBKEY')?.[1];
	throw new Error(
		unknown === undefined
			? `its signature could not be checked (gpgv ended with ${code}) ${stderr.trim()}`.trim()
			: `it is signed with another key (${unknown})`,
	);
}

/** The shell of this machine. */
export const localShell: Shell = async (text_, args, stdin) => {
	const child = spawn('sh', ['-c', text_, 'sh', ...args], {stdio: 'pipe', env: {PATH: env.PATH, LC_ALL: 'C'}});
	child.stdin.on('error', () => {});
	child.stdin.end(stdin);
	const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
	return {code: (code as number | null) ?? 1, stdout, stderr};
};

/** The shell of a machine that we are connected to. */
export const shellOn =
	(host: Host, signal?: AbortSignal): Shell =>
	(text_, args, stdin) =>
		host.exec(['sh', '-c', text_, 'sh', ...args], {stdin, deadline: 60_000, ...(signal && {signal})});
