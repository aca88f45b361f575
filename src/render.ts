/** Turns a shipped template and data into the content of a file: the only door to handlebars. */
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import Handlebars from 'handlebars';
import type {Content, SecretRef} from './model.ts';

// Two code points of the private use area frame the name of a secret while the text is one string. No value may contain them.
const open = '\u{e000}';
const close = '\u{e001}';
const framed = /\u{e000}([^\u{e001}]*)\u{e001}/u;

const handlebars = Handlebars.create();

handlebars.registerHelper({
	/** A value as JSON, which YAML and TOML read too; several values are joined to one string first. */
	json: (...all: unknown[]) => {
		const values = all.slice(0, -1).map(known);
		return JSON.stringify(values.length === 1 ? values[0] : values.join(''), refuseFrames);
	},
	/** A value that must be one word: for Corefiles, units and other texts that know no quotes. */
	word: (value: unknown) => {
		const text = String(known(value));
		if (!/^[\w.:/@%+=,*[\]-]*$/.test(text)) throw new Error(`${JSON.stringify(text)} is not one plain word`);
		return text;
	},
	/** The place of a secret: `{{secret 'ca.crt'}}`, `{{secret id encode='base64'}}`. */
	secret: (id: unknown, {hash}: {hash: {encode?: 'base64'}}) => frame(String(known(id)), hash.encode),
});

const templates = new Map<string, Handlebars.TemplateDelegate>();

/**
 * Renders `templates/NAME.hbs`. Names are paths below templates/ without the ending: `systemd/kubelet.service`.
 * The content is a plain string when the template names no secret. Throws when the template wants a value that `data` has not.
 */
export function render(template: string, data: object): Content {
	return placed(renderText(template, data));
}

/** As `render`, with the secrets still framed: for texts that are parsed and written again before they become content (`placed`). */
export function renderText(template: string, data: object): string {
	const delegate = templates.get(template) ?? compile(template);
	try {
		return delegate(data);
	} catch (cause) {
		throw new Error(`template ${template}: ${(cause as Error).message}`, {cause});
	}
}

/** Text with framed secrets as content. */
export function placed(text: string): Content {
	// With a capture group, every second part is a frame's inside.
	const parts = text.split(new RegExp(framed, 'gu'));
	if (parts.length === 1) return text;
	return parts.map((part, index) => (index % 2 === 0 ? part : reference(part))).filter((part) => part !== '');
}

function frame(id: string, encode?: string): string {
	return `${open}${encode ?? ''}|${id}${close}`;
}

function reference(inside: string): SecretRef {
	const [encode, secret] = inside.split('|') as [string, string];
	return encode === 'base64' ? {secret, encode} : {secret};
}

function known(value: unknown): unknown {
	if (value === undefined || value === null) throw new Error('a value is missing');
	if (typeof value === 'string') refuseFrames('', value);
	return value;
}

function refuseFrames(_key: string, value: unknown): unknown {
	if (typeof value === 'string' && (value.includes(open) || value.includes(close))) {
		throw new Error('a value contains U+E000 or U+E001, which mark secrets');
	}
	return value;
}

function compile(template: string): Handlebars.TemplateDelegate {
	const text = readFileSync(join(templatesFolder(), `${template}.hbs`), 'utf8');
	const delegate = handlebars.compile(text, {
		noEscape: true,
		strict: true,
		knownHelpersOnly: true,
		knownHelpers: {json: true, word: true, secret: true},
	});
	templates.set(template, delegate);
	return delegate;
}

let folder: string | undefined;

/** Beside the nearest package.json above this file, which holds for src/ and for the bundle in dist/. */
function templatesFolder(): string {
	if (folder) return folder;
	let place = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(place, 'package.json'))) {
		const above = dirname(place);
		if (above === place) throw new Error('no package.json above the program: where are the templates?');
		place = above;
	}
	folder = join(place, 'templates');
	return folder;
}
