// What a source file imports and which names it uses, read without a compiler. Comments and the inside of strings and
// regular expressions are not code; the expressions inside of template literals are.

export type SourceScan = {
  readonly imports: readonly SourceImport[];
  /** The file as code only: comments gone, each string literal replaced by its number in quotes. */
  readonly code: string;
};

export type SourceImport = {
  /** `undefined` where it is computed, or where `require` is used. */
  readonly specifier: string | undefined;
  /** Nothing of it is there at run time. */
  readonly typesOnly: boolean;
};

export function scanSource(source: string): SourceScan {
  const { code, strings } = toCode(source);
  const textOf = (number: string | undefined) => strings[Number(number)];
  const statements = [...code.matchAll(STATEMENT)].map(([, clause = '', number]) => ({
    specifier: textOf(number),
    typesOnly: isTypesOnly(clause),
  }));
  const calls = [...code.matchAll(CALL)].map(([, number]) => ({
    specifier: number === undefined ? undefined : textOf(number),
    typesOnly: false,
  }));
  return { imports: [...statements, ...calls], code };
}

const STATEMENT = /\b(?:import|export)\b((?:[\s\w$*{},]|\bas\b)*?\bfrom\s*|\s*)"(\d+)"/g;
/** `import("x")` and `require("x")`; without a number: of something computed. */
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*(?:"(\d+)"\s*[,)])?/g;

function isTypesOnly(clause: string): boolean {
  if (/^\s+type\s+(?!from\b)/.test(clause)) return true;
  const [, names] = /^\s*\{([^}]*)\}/.exec(clause) ?? [];
  if (names === undefined || names.trim() === '') return false;
  const each = names.split(',').filter((name) => name.trim() !== '');
  return each.every((name) => /^\s*type\s/.test(name));
}

const TOKENS = {
  comment: /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y,
  string: /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y,
  regexp:
    /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])*\/[a-z]*/y,
  word: /[\w$]+/y,
  space: /\s+/y,
  any: /[\s\S]/y,
};

/** From a backtick or the end of an expression to the next expression or the end. */
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{|$)/y;

/** A slash behind one of these words begins a regular expression; behind any other, it divides. */
const BEFORE_VALUE = /^(?:return|typeof|case|in|of|await|yield|void|delete|throw|else|do)$/;

type Lexer = {
  readonly source: string;
  position: number;
  /** For each template literal that we are in: how many braces are open in its expression. */
  readonly braces: number[];
  /** The last token that was neither space nor comment. */
  last: string;
  readonly strings: string[];
  readonly code: string[];
};

function toCode(source: string): { readonly code: string; readonly strings: readonly string[] } {
  const lexer: Lexer = { source, position: 0, braces: [], last: '', strings: [], code: [] };
  while (lexer.position < source.length) step(lexer);
  return { code: lexer.code.join(''), strings: lexer.strings };
}

function step(lexer: Lexer): void {
  const { code, strings } = lexer;
  const string = take(lexer, TOKENS.string);
  if (take(lexer, TOKENS.comment) !== undefined) code.push(' ');
  else if (string !== undefined) emit(lexer, `"${strings.push(string.slice(1, -1)) - 1}"`);
  else if (beginsValue(lexer) && take(lexer, TOKENS.regexp) !== undefined) emit(lexer, '0');
  else takePlain(lexer);
}

function takePlain(lexer: Lexer): void {
  const space = take(lexer, TOKENS.space);
  if (space !== undefined) lexer.code.push(space);
  else emit(lexer, take(lexer, TOKENS.word) ?? takeMark(lexer));
}

function takeMark(lexer: Lexer): string {
  const mark = take(lexer, TOKENS.any) ?? '';
  if (mark === '`') return takeTemplateText(lexer, ' 0 ');
  const open = lexer.braces.at(-1);
  if (open === undefined) return mark;
  if (mark === '}' && open === 0) {
    lexer.braces.pop();
    return takeTemplateText(lexer, ')');
  }
  lexer.braces[lexer.braces.length - 1] = open + (BRACE[mark] ?? 0);
  return mark;
}

const BRACE: Readonly<Record<string, number>> = { '{': 1, '}': -1 };

function takeTemplateText(lexer: Lexer, mark: string): string {
  const text = take(lexer, TEMPLATE_TEXT) ?? '';
  if (!text.endsWith('${')) return mark;
  lexer.braces.push(0);
  return `${mark}(`;
}

function beginsValue({ last }: Lexer): boolean {
  return /[\w$]$/.test(last) ? BEFORE_VALUE.test(last) : !/[)\]}"]$/.test(last);
}

function take(lexer: Lexer, token: RegExp): string | undefined {
  token.lastIndex = lexer.position;
  const [text] = token.exec(lexer.source) ?? [];
  if (text !== undefined) lexer.position += text.length;
  return text;
}

function emit(lexer: Lexer, text: string): void {
  lexer.code.push(text);
  lexer.last = text;
}
