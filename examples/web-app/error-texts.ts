import type { CallbackErrorCode } from "express-autogpt";

/** What happened and what to do next, in words for people. */
export interface ErrorText {
  title: string;
  text: string;
  next: string;
  /** Whether starting sign-in again can help. */
  canTryAgain?: true;
}

/** The compiler holds that every code has its text. */
export const callbackTexts: Readonly<Record<CallbackErrorCode, ErrorText>> = {
  access_denied: {
    title: "Sign-in was cancelled",
    text: "You said no at AutoGPT, or AutoGPT does not let this app ask for what it asked for. Nothing was shared.",
    next: "If that is what you wanted, you are done. Otherwise try again and press Authorize.",
    canTryAgain: true,
  },
  authorization_failed: {
    title: "AutoGPT ended the sign-in",
    text: "It came back with an error of its own instead of an answer from you. Nothing was shared.",
    next: "Try again. If it happens twice, tell whoever runs this app.",
    canTryAgain: true,
  },
  callback_malformed: {
    title: "This address does not finish a sign-in",
    text: "Something is missing in it. A bookmark or a link that was cut off can be the reason.",
    next: "Start from the beginning.",
    canTryAgain: true,
  },
  transaction_unknown: {
    title: "This sign-in is not waiting any longer",
    text: "It took longer than ten minutes, was finished before, or began in another browser.",
    next: "Try again, and stay in this browser. If it happens twice, see whether cookies are allowed for this site.",
    canTryAgain: true,
  },
  issuer_mismatch: {
    title: "The answer did not come from AutoGPT",
    text: "It names another issuer than the one this app signs in with, so it was not used. You are not signed in by it.",
    next: "If a link brought you here, do not trust it. You can start a sign-in of your own.",
    canTryAgain: true,
  },
  code_refused: {
    title: "The sign-in came too late",
    text: "AutoGPT gave a code for this sign-in and does not accept it any longer: each one works once and for ten minutes.",
    next: "Try again; it takes a few seconds.",
    canTryAgain: true,
  },
};

/** By HTTP status, for everything else; 400 and 500 also speak for their neighbours. */
export const statusTexts: Readonly<Record<number, ErrorText>> = {
  400: {
    title: "That did not work",
    text: "This app cannot do what the address asks for. Nothing was changed.",
    next: "Go to the start page and take it from there.",
  },
  403: {
    title: "That is not allowed",
    text: "The request came from another site, or asks for more than you allowed. Nothing was changed.",
    next: "Go to the start page and do it from there.",
  },
  404: {
    title: "There is no such page",
    text: "The address may be misspelt, or the page is gone.",
    next: "The start page is still there.",
  },
  500: {
    title: "Something is wrong on our side",
    text: "It is not your fault, and trying again will hardly help. The log of this app says what it is.",
    next: "Please come back later.",
  },
  502: {
    title: "AutoGPT answered something unexpected",
    text: "This app did not understand AutoGPT's answer. You have done nothing wrong.",
    next: "Please try again in a few minutes.",
  },
  503: {
    title: "Please try again in a moment",
    text: "AutoGPT or a part of this app does not answer right now. You have done nothing wrong.",
    next: "Reload this page in a few seconds.",
  },
};
