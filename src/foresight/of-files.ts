/** Differences of files, folders, links and lines, in words. */
import {isUtf8} from 'node:buffer';
import {createHash} from 'node:crypto';
import {plainBytes} from '../steps/content.ts';
import type {StepOf} from '../steps/kind.ts';
import {blockBegin, blockEnd} from '../steps/kinds/block.ts';
import {ownLineEnd} from '../steps/kinds/line.ts';
import type {Look, Shown} from './difference.ts';
import type {Said} from './said.ts';
import {unified} from './unified.ts';

type Seen<K extends Look['step']['kind']> = (step: StepOf<K>, look: Pick<Look, 'shown' | 'made'>) => Said;

const first = (shown: Shown, key: string): string | undefined => shown[key]?.[0];

/** `644 root:root regular file` as `0644 root:root`; what is no such thing by its name. */
function stateOf(shown: Shown, thing: string): string {
	const is = first(shown, 'is') ?? 'unknown';
	const [, mode = '', owner = '', type = ''] = /^([0-7]+) (\S+) (.+)$/.exec(is) ?? [];
	if (type === '') return is;
	if (type === 'symbolic link') return `link to ${first(shown, 'to') ?? ''}`;
	return type.replace('regular empty file', 'regular file') === thing ? `${mode.padStart(4, '0')} ${owner}` : type;
}

const isThere = (shown: Shown) => first(shown, 'is') !== 'absent';
const ownerOf = (owner = 'root:root') => (owner.includes(':') ? owner : `${owner}:${owner}`);

export const file: Seen<'file'> = ({content, mode, owner, once}, {shown, made}) => {
	const to = `${mode.padStart(4, '0')} ${ownerOf(owner)}`;
	// The node has nothing to say against it, but its secret will be made anew.
	const from = shown.is === undefined ? to : stateOf(shown, 'regular file');
	const states = from === to ? {} : {from, to};
	const plain = typeof content === 'object' && 'kept' in content ? undefined : plainBytes(content);
	if (plain === undefined) {
		const isSecret = Array.isArray(content);
		const secret = isSecret ? (made ? 'a new secret' : 'a secret') : undefined;
		return {
			change: isThere(shown) ? 'change' : 'make',
			...states,
			...(secret && {to: [states.to, secret].filter(Boolean).join(', ')}),
		};
	}
	// Whoever writes bytes that are no UTF-8 knows them from the machine: both sides are shown as Latin-1.
	const encoding = isUtf8(plain) ? 'utf8' : 'latin1';
	if (!isThere(shown)) return {change: 'make', from, to, diff: unified(undefined, plain.toString(encoding))};
	if (once) return {change: 'change', ...states};
	const before = textOf(shown, encoding);
	if (before !== undefined) {
		const diff = unified(before, plain.toString(encoding));
		return {change: 'change', ...states, ...(diff === '' ? {} : {diff})};
	}
	const [sum] = (first(shown, 'sum') ?? '').split(' ');
	const hidden = sum ? `sha256 ${sum}` : shown.text ? 'bytes that are no text' : 'content that is not shown';
	const digest = createHash('sha256').update(plain).digest('hex');
	return {
		change: 'change',
		from: from === to ? hidden : `${from}, ${hidden}`,
		to: from === to ? `sha256 ${digest}` : `${to}, sha256 ${digest}`,
	};
};

/** Absent when the bytes did not come, or are no text. */
function textOf({text}: Shown, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
	if (text === undefined) return undefined;
	const bytes = Buffer.from(text.join(''), 'base64');
	if (bytes.includes(0)) return undefined;
	if (encoding === 'latin1') return bytes.toString(encoding);
	try {
		return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
	} catch {
		return undefined;
	}
}

export const dir: Seen<'dir'> = ({mode, owner}, {shown}) => ({
	change: isThere(shown) ? 'change' : 'make',
	from: stateOf(shown, 'directory'),
	to: `${mode.padStart(4, '0')} ${ownerOf(owner)}`,
});

export const link: Seen<'link'> = ({to}, {shown}) => ({
	change: isThere(shown) ? 'change' : 'make',
	from: stateOf(shown, ''),
	to: `link to ${to}`,
});

export const absent: Seen<'absent'> = (_step, {shown}) => ({
	change: 'remove',
	from: first(shown, 'is')?.replace(/^\S+ \S+ /, '') ?? 'unknown',
	to: 'absent',
});

export const line: Seen<'line'> = (step, {shown}) => ({
	change: 'change',
	diff: unified(textOf(shown) ?? '', `${step.line}${ownLineEnd}\n`),
});

export const block: Seen<'block'> = (step, {shown}) => ({
	change: 'change',
	diff: unified(textOf(shown) ?? '', [blockBegin, ...step.lines, blockEnd, ''].join('\n')),
});
