// What stands in for a real value in a sanitized capture. Stand-ins of one family are numbered: the next value that is
// met takes the next one, so that the same capture always gives the same result, and each can be told from its looks.

/** Values of one kind and shape, and what stands in for them. */
export type Family = {
  /** How many stand-ins there are. */
  readonly size: number;
  readonly item: (index: number) => string;
  /** The index of a stand-in; `undefined` for any other text. */
  readonly index: (text: string) => number | undefined;
};

/** Numbers of the same length: leading zeros stay, the rest counts on from 1, 51, 501, 5001, 55 0100, 555 0100 … */
export function numbers(digits: string): Family {
  const zeros = /^0*(?=\d)/.exec(digits)?.[0] ?? '';
  const length = digits.length - zeros.length;
  if (length > COUNTED_DIGITS) return longNumbers(zeros, length);
  const least = length === 1 ? 0 : 10 ** (length - 1);
  const size = 10 ** length - least;
  const first = firstNumber(length);
  return {
    size,
    item: (index) => zeros + String(least + ((first - least + index) % size)),
    index: (text) => {
      const rest = text.slice(zeros.length);
      const isSame = text.length === digits.length && text.startsWith(zeros) && /^\d+$/.test(rest);
      return isSame && Number(rest) >= least ? (Number(rest) - first + size) % size : undefined;
    },
  };
}

/** Words of ASCII letters, in lower case. */
export const PLAIN_WORDS: Family = words(
  `anna bert carl dora emil fred gina hugo inge jane karl lisa mary nora olaf paul rosa saul tina ursa vera will xena
  yuri zita abel beth cleo dean elsa finn greg hans iris jack kate leon mona nils otto pete ruth sven thea ulla vito
  wade yves zara`.split(/\s+/),
);

/** Words with letters of two bytes in UTF-8, such as ö: latin1 text of those bytes. */
export const ACCENTED_WORDS: Family = words([
  'J\xc3\xb6rg',
  'Lo\xc3\xafc',
  'A\xc3\xafda',
  'In\xc3\xa8s',
  'No\xc3\xabl',
  'L\xc3\xa9on',
  'Th\xc3\xa9o',
  'J\xc3\xbcrg',
  'K\xc3\xa4te',
  'R\xc3\xa9my',
  'Ren\xc3\xa9',
  'M\xc3\xa5ns',
  '\xc3\x85sta',
  'Jos\xc3\xa9',
  'Ra\xc3\xbal',
  'Li\xc3\xaan',
]);

/** Words with letters of three bytes and more in UTF-8. */
export const WIDE_WORDS: Family = words([
  '\xe8\x8a\xb1\xe5\xad\x90', // 花子
  '\xe5\xa4\xaa\xe9\x83\x8e', // 太郎
  '\xe5\xb1\xb1\xe7\x94\xb0', // 山田
  '\xe7\x94\xb0\xe4\xb8\xad', // 田中
  '\xe9\x88\xb4\xe6\x9c\xa8', // 鈴木
  '\xe4\xbd\x90\xe8\x97\xa4', // 佐藤
  '\xe9\xab\x98\xe6\xa9\x8b', // 高橋
  '\xe4\xbc\x8a\xe8\x97\xa4', // 伊藤
]);

/** Words whose bytes are no UTF-8, as old telephones send them. */
export const BROKEN_WORDS: Family = words([
  'J\xf6rg',
  'Lo\xefc',
  'A\xefda',
  'In\xe8s',
  'No\xebl',
  'L\xe9on',
  'J\xfcrg',
  'K\xe4te',
]);

/** Single letters of a name, in lower case; those that are no hexadecimal digits come first. */
export const LETTERS: Family = {
  size: 26,
  item: (index) => String.fromCharCode(0x61 + ((index + 6) % 26)),
  index: (text) => (/^[a-z]$/.test(text) ? (text.charCodeAt(0) - 0x61 + 20) % 26 : undefined),
};

/** Names of letters and digits: alice2, 001565a1b2c3. */
export const CODES: Family = codes('x');

/** The same with letters that are no ASCII. */
export const ACCENTED_CODES: Family = codes('\xc3\xb6');

export const DOMAINS: Family = counted(/^host(\d+)\.example\.com$/, (n) => `host${n}.example.com`);

/** RFC 3849. */
export const IPV6_ADDRESSES: Family = {
  size: 0xffff,
  item: (index) => `2001:db8::${(index + 1).toString(16)}`,
  index: (text) => {
    const group = /^2001:db8::([1-9a-f][0-9a-f]{0,3})$/.exec(text)?.[1];
    return group === undefined ? undefined : Number.parseInt(group, 16) - 1;
  },
};

/** RFC 5737, and behind its 762 addresses those of RFC 2544. */
export const IPV4_ADDRESSES: Family = {
  size: 3 * 254 + 2 * 65_536,
  item: (index) => {
    const net = DOCUMENTATION_NETS[Math.floor(index / 254)];
    if (net !== undefined) return `${net}.${(index % 254) + 1}`;
    const rest = index - 3 * 254;
    return `198.${18 + (rest >> 16)}.${(rest >> 8) & 255}.${rest & 255}`;
  },
  index: (text) => {
    const [, net = '', host = ''] = /^(\d+\.\d+\.\d+)\.(\d+)$/.exec(text) ?? [];
    const at = DOCUMENTATION_NETS.indexOf(net);
    if (at >= 0) return at * 254 + Number(host) - 1;
    const [, bank, third, fourth] = /^198\.1([89])\.(\d+)\.(\d+)$/.exec(text) ?? [];
    if (bank === undefined) return undefined;
    return 3 * 254 + ((Number(bank) - 8) << 16) + (Number(third) << 8) + Number(fourth);
  },
};

const DOCUMENTATION_NETS: readonly string[] = ['192.0.2', '198.51.100', '203.0.113'];

/** Numbers of more digits are counted in their last ones: sums stay exact. */
const COUNTED_DIGITS = 15;

function longNumbers(zeros: string, length: number): Family {
  const head = zeros + '5'.repeat(length - COUNTED_DIGITS);
  const tail = numbers('5'.repeat(COUNTED_DIGITS));
  return {
    size: tail.size,
    item: (index) => head + tail.item(index),
    index: (text) => (text.startsWith(head) ? tail.index(text.slice(head.length)) : undefined),
  };
}

/** From five digits on they end as fictitious numbers do: 555 0100. */
function firstNumber(length: number): number {
  if (length === 1) return 1;
  if (length < 5) return 5 * 10 ** (length - 1) + 1;
  return Number(`${'5'.repeat(length - 4)}0100`);
}

/** Words of one length, and when they are used up, two and more of them in one. */
function words(list: readonly string[]): Family {
  const length = list[0]?.length ?? 1;
  const base = list.length;
  return {
    size: base ** 4,
    item: (index) => {
      let text = '';
      for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / base)) {
        text = (list[(rest - 1) % base] ?? '') + text;
      }
      return text;
    },
    index: (text) => {
      if (text === '' || text.length % length !== 0 || text.length > 4 * length) return undefined;
      let index = 0;
      for (let at = 0; at < text.length; at += length) {
        const digit = list.indexOf(text.slice(at, at + length));
        if (digit < 0) return undefined;
        index = index * base + digit + 1;
      }
      return index - 1;
    },
  };
}

function codes(letter: string): Family {
  const pattern = new RegExp(`^${letter}(\\d{4,})$`);
  return counted(pattern, (count) => letter + String(count).padStart(4, '0'));
}

function counted(pattern: RegExp, print: (count: number) => string): Family {
  return {
    size: Number.MAX_SAFE_INTEGER,
    item: (index) => print(index + 1),
    index: (text) => {
      const count = Number(pattern.exec(text)?.[1] ?? Number.NaN);
      return print(count) === text ? count - 1 : undefined;
    },
  };
}
