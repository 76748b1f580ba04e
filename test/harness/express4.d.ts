/** Express 4, installed beside 5 under another name; the types of 5 fit what the tests use of it. */
declare module "express4" {
  import express from "express";
  export default express;
}
