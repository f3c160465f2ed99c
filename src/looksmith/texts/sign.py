"""Texts of ``looksmith sign``."""

from __future__ import annotations

TEXTS = {
    "help.sign": (
        "Sign a labelled photo's content credentials (C2PA) with your certificate.",
        "用您的证书为带标识的照片签署内容凭证（C2PA）。",
    ),
    "help.sign_file": ("A photo that looksmith made.", "由 looksmith 生成的照片。"),
    "help.sign_certificate": (
        "Certificate chain in PEM, your own certificate first.",
        "PEM 格式的证书链，本人证书在前。",
    ),
    "help.sign_key": ("Its private key in PEM, without a password.", "对应的 PEM 私钥，不加密码。"),
    "help.sign_original": (
        "The photo it was made of, kept as ingredient with its own credentials.",
        "所用的原始照片，连同其凭证作为素材保留。",
    ),
    "sign.missing": (
        'Content credentials need one more package: pip install "looksmith[credentials]".',
        '内容凭证需要另装一个软件包：pip install "looksmith[credentials]"。',
    ),
    "sign.certificate": (
        "{path}: this is no PEM certificate that can sign; give one of an EC, RSA or Ed25519 key.",
        "{path}：不是可用于签名的 PEM 证书，请提供 EC、RSA 或 Ed25519 密钥的证书。",
    ),
    "sign.key": (
        "{path}: this is no private key in PEM without a password.",
        "{path}：不是未加密的 PEM 私钥。",
    ),
    "sign.pair": (
        "{path}: this key does not belong to the certificate {certificate}.",
        "{path}：该私钥与证书 {certificate} 不匹配。",
    ),
    "sign.unlabelled": (
        "{path}: it does not say what was done to it; sign a photo that looksmith made.",
        "{path}：没有说明做过哪些处理，请选择由 looksmith 生成的照片。",
    ),
    "sign.format": (
        "{path}: {kind} files can't carry content credentials.",
        "{path}：{kind} 文件无法携带内容凭证。",
    ),
    "sign.failed": ("{path}: can't be signed ({why}).", "{path}：无法签名（{why}）。"),
}
