const TAB = "\t";

/** Hosts and host-like things behind something that a browser could take for `//`. */
// biome-ignore format: a list to read across
const SLASHES = [
  "//", "///", "////", "/////////", "//\\", "/\\", "/\\/", "/\\\\", "\\", "\\\\", "\\/", "\\/\\/",
  "\\\\\\", "/\\/\\", "/%2f", "/%2F", "/%5c", "/%5C", "/%2f%2f", "/%5c%5c", "%2f%2f", "%5c%5c", "%2f/",
  "/%2f/", "/%5c/", "/%2f\\", `/${TAB}/`, `/${TAB}\\`, `${TAB}//`, "/\n/", "/\r/", "/\r\n/", "\n//",
  "\r\n//", " //", "  //", "/ /", "/\f/", "/\v/", "/\u0000/", "/\u0001/", "/\u001f/", "/\u007f/",
  "/\u0085/", "/\u00a0/", "/\u00ad/", "/\u1680/", "/\u180e/", "/\u2000/", "/\u2009/", "/\u200b/",
  "/\u200c/", "/\u200d/", "/\u200e/", "/\u2028/", "/\u2029/", "/\u202e/", "/\u202f/", "/\u205f/",
  "/\u2060/", "/\u3000/", "/\ufeff/", "\u3000//", "\ufeff//", "\u200b//", "/.//", "/..//", "/./..//",
  "/../..//", "/a/..//", "/a/b/../..//", "/%2e//", "/%2E//", "/%2e%2e//", "/.%2e//", "/%2e.//",
  "/a/%2e%2e//", "/./\\", "/..\\\\", "/../\\", "/a/../\\", "/.\\/", "/./%2f", "/../%2f", "/a/../%2f",
  "/a/../%5c", "/%2e/%2f", "/%2e/%5c",
] as const;

/** Names written with letters that other software folds into a plain host. */
// biome-ignore format: a list to read across
const HOSTS = [
  "//evil\u3002example", "//evil\uff0eexample", "//\u24d4\u24e5\u24d8\u24db.example",
  "//\uff45vil.example", "//evil.example:443", "//evil.example:80/", "//evil.example:0",
  "//evil.example:99999", "//user@evil.example", "//user:pw@evil.example", "//localhost@evil.example",
  "//localhost:3000@evil.example", "//localhost%40evil.example", "//evil.example?localhost",
  "//evil.example#localhost", "//evil.example\\@localhost", "//evil.example%2f..", "//[::1]",
  "//[::ffff:7f00:1]", "//2130706433", "//0x7f000001", "//0177.0.0.1", "//127.1", "//evil",
  "//%65vil.example", "//evil.example/%2e%2e", "//evil.example%00.localhost", "//xn--80ak6aa92e.com",
  "///evil.example@localhost",
] as const;

/** Whole addresses, real and odd. */
// biome-ignore format: a list to read across
const ADDRESSES = [
  "http://evil.example", "https://evil.example", "HTTPS://evil.example", "hTTp://evil.example",
  "http:/evil.example", "http:evil.example", "https:/evil.example", "https:evil.example",
  "https:\\\\evil.example", "http:\\evil.example", "http:///evil.example", "http:////evil.example",
  "http://evil.example:8080/x", "http://localhost@evil.example", "http://localhost:pw@evil.example",
  "http://localhost.evil.example", "http://evil.example/localhost", "http://[", "http://[::1", "http://]",
  "http://%", "http://%zz", "http://evil example", "http://:80", "http://", "https://", "//",
  " http://evil.example", `${TAB}http://evil.example`, "\nhttp://evil.example", "h\nttp://evil.example",
  `ht${TAB}tp://evil.example`, "ftp://evil.example", "ws://evil.example", "wss://evil.example",
  "file:///etc/passwd", "blob:http://evil.example/x", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)", `java${TAB}script:alert(1)`, " javascript:alert(1)",
  "\u0001javascript:alert(1)", "javascript://localhost/%0aalert(1)", "javascript:/x", "vbscript:msgbox(1)",
  "view-source:x", "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD4=",
  "DATA:,x", "about:blank", "mailto:a@b.example", "tel:+1", "intent://evil.example#Intent;scheme=http;end",
  "android-app://x", "ms-settings:x", "chrome://settings", "x:y", "evil.example", "www.evil.example/x",
  "@evil.example", ":80", ":evil", "?x", "#x", "?//evil.example", "#//evil.example", ".", "..", "./x",
  "../x", "x", "x/y", ";//evil.example", "%", "%2", "%zz", "0", "null", "undefined", "[object Object]",
  "{}", "[]", "'/x'", '"/x"', "<script>", "<//evil.example", "&//evil.example", "%00//evil.example",
  "%09//evil.example", "%0d%0a//evil.example", "%20//evil.example", "/\r\nLocation: https://evil.example",
  "/x\r\nSet-Cookie: a=b", "/x\nX: y", "/x\u0000y", `/x${TAB}y`, "/x\u2028y",
] as const;

const LONG = [
  `/${"x".repeat(512)}`,
  `/${"../".repeat(170)}/evil.example`,
  `//${"a".repeat(500)}.example`,
  `/${"\\".repeat(200)}evil.example`,
  `/${"%2f".repeat(150)}evil.example`,
  `${"/".repeat(500)}evil.example`,
  `/x?${"y".repeat(512)}`,
  `/x#${"y".repeat(512)}`,
  `/${"\u{1f600}".repeat(128)}`,
  `/${".//".repeat(100)}`,
] as const;

/** What must never lead anywhere but to a path of the app. */
export const HOSTILE: readonly string[] = [
  ...new Set([
    ...SLASHES.flatMap((start) => [`${start}evil.example`, `${start}evil.example/x`]),
    ...HOSTS,
    ...ADDRESSES,
    ...LONG,
  ]),
];

/** What an app may ask for, and must get: the same address once a browser has resolved it. */
// biome-ignore format: a list to read across
export const LEGITIMATE: readonly string[] = [
  "/", "/x", "/x/", "/x/y", "/x?a=1", "/x?a=1&b=2", "/x?a=1;b=2", "/x?a[]=1&a[]=2", "/x?q=a%20b",
  "/x?q=a+b", "/x?next=//evil.example", "/x?next=https://evil.example/", "/x?next=%2F%2Fevil.example",
  "/x?a=%E2%82%AC", "/x?a=\u20ac", "/gr\u00f6\u00dfe", "/gr%C3%B6%C3%9Fe", "/\u65e5\u672c", "/\u{1f600}",
  "/x#top", "/x#/client/route", "/#/client/route", "/x?a=1#b?c", "/a%2fb", "/a%5cb", "/a/%2e%2e%2fb",
  "/a//b", "/a;v=1/b", "/a:b", "/a@b", "/@user", "/~user", "/x?email=a@b.example", "/$!*'(),", "/x?a='b'",
  '/x?a="b"', "/x?a=<b>", "/a|b", "/x?%", "/100%", "/x?a=%zz", "/x?__proto__[a]=1", "/x?constructor=1",
  "/http://evil.example", "/javascript:alert(1)", "/x?scope=admin&redirect_uri=y", "/.well-known/x",
  "/...", "/..x", "/x?a=%00", "/x?a=%0d%0aX:%20y", `/${"x".repeat(511)}`, '/x?a={"b":[1]}', "/auth/login",
  "/auth/callback?state=x",
];
