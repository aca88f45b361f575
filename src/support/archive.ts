import {block, end, header, padding} from '../artifacts/bundle/ustar.ts';

export type Member = {readonly name: string; readonly text: string};

/** The members as a tar archive (not compressed). A name that tar cannot say in its 99 characters keeps its end, which tells the most. */
export function tarOf(members: readonly Member[]): Buffer {
	const used = new Set<string>();
	const parts = members.flatMap(({name, text}) => {
		const bytes = Buffer.from(text);
		return [header(unused(fitting(name), used), bytes.length), bytes, Buffer.alloc(padding(bytes.length))];
	});
	return Buffer.concat([...parts, end, Buffer.alloc((block - (end.length % block)) % block)]);
}

const longest = 99;

/** Folders stay, the file's own name loses its beginning. */
function fitting(name: string): string {
	const plain = name.replaceAll(/[^\x21-\x7e]/g, '_');
	if (plain.length <= longest) return plain;
	const [root = '', folder = ''] = plain.split('/');
	const head = `${root}/${folder}/`.slice(0, 40);
	return `${head}${plain.slice(-(longest - head.length))}`;
}

function unused(name: string, used: Set<string>): string {
	let free = name;
	for (let count = 2; used.has(free); count += 1) free = `${name.slice(0, longest - 4)}.${count}`;
	used.add(free);
	return free;
}
