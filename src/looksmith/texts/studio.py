"""Texts of the studio: what server and workers say. The words on the page are in
``studio_page.py``."""

from __future__ import annotations

TEXTS = {
    "studio.gone": (
        "This photo or look has been deleted meanwhile.",
        "这张照片或这个风格已被删除。",
    ),
    "help.studio_database": (
        "URL of a PostgreSQL database to use instead of SQLite in the folder.",
        "PostgreSQL 数据库的 URL，代替文件夹中的 SQLite。",
    ),
    "help.studio_certificate": (
        "Sign results with this certificate chain (PEM; C2PA). Needs --key.",
        "用此证书链（PEM，C2PA）为结果签名，需同时给出 --key。",
    ),
    "help.studio_key": (
        "The key of --certificate (PEM, without a password).",
        "--certificate 对应的私钥（PEM，无密码）。",
    ),
    "studio.both_pem": (
        "A certificate needs its key: give both --certificate and --key.",
        "证书与私钥须同时给出：--certificate 和 --key。",
    ),
    "help.studio_store": (
        "URL of a store for all files (s3://BUCKET/PREFIX); the folder is then a cache.",
        "所有文件的存储地址（s3://存储桶/前缀），文件夹仅作缓存。",
    ),
    "help.studio_queue": (
        "URL of a Redis server that tells workers of jobs at once (redis://HOST); "
        "without, they look for them 25 times a second.",
        "即时通知工作进程的 Redis 地址（redis://主机），不填则每秒查询 25 次。",
    ),
    "studio.redis_package": (
        "Redis can't be used ({why}). It needs: pip install 'looksmith[redis]'.",
        "无法使用 Redis（{why}）。需要：pip install 'looksmith[redis]'。",
    ),
    "studio.redis_url": (
        "{url} is no URL of a Redis server; give redis://USER:PASSWORD@HOST:PORT/0, with / as %2F "
        "and @ as %40 in the password.",
        "{url} 不是可用的 Redis 地址；请使用 redis://用户:密码@主机:端口/0，"
        "密码中的 / 写作 %2F，@ 写作 %40。",
    ),
    "studio.redis_away": (
        "The Redis server does not answer ({why}). Start it, or leave --queue out.",
        "Redis 服务器没有响应（{why}）。请启动它，或不使用 --queue。",
    ),
    "studio.store_url": (
        "The store {url} can't be used ({why}). S3 needs: pip install 'looksmith[s3]'.",
        "无法使用存储 {url}（{why}）。S3 需要：pip install 'looksmith[s3]'。",
    ),
    "studio.store": (
        "The store of the studio does not answer ({why}). Try again later.",
        "工作室的文件存储没有响应（{why}），请稍后重试。",
    ),
    "studio.me": ("me", "我"),
    "studio.no_taste": (
        "Nothing is known yet of what {user} likes. Answer a few pairs first, on the page For me.",
        "还不了解 {user} 的喜好，请先在“为我”页面选几组照片。",
    ),
    "studio.no_users": (
        "No user's taste is known yet. Answer a few pairs first, on the page For me.",
        "还没有任何用户的喜好记录，请先在“为我”页面选几组照片。",
    ),
    "studio.not_yet": (
        "The picture is there in full when all of them are made.",
        "全部制作完成后才能查看原图。",
    ),
    "studio.still_running": (
        "This is still running. Cancel it first.",
        "任务仍在进行，请先取消。",
    ),
    "studio.reading": ("Reading {count} photos", "正在读取 {count} 张照片"),
    "studio.adapting": (
        "You can see the look already; it is being refined",
        "风格已可预览，正在进一步打磨",
    ),
    "studio.feed_unreadable": (
        "None of these photos could be read. Choose JPEG, PNG, WebP, TIFF, AVIF or HEIC photos.",
        "这些照片都无法读取，请选择 JPEG、PNG、WebP、TIFF、AVIF 或 HEIC 照片。",
    ),
    "studio.hopeless": (
        "This could not be done: it took too long or needed too much memory. Try a smaller photo.",
        "无法完成：耗时过长或占用内存过多，请换一张小一些的照片。",
    ),
    "studio.memory": (
        "This photo needs more memory than there is. Try a smaller one.",
        "这张照片所需内存超出上限，请换一张小一些的。",
    ),
    "studio.broken": (
        "Something went wrong on our side. Try again; the log of the studio says more.",
        "服务出了点问题，请重试；详情见服务日志。",
    ),
    "studio.queue_full": (
        "{count} jobs are waiting already. Wait until some are done.",
        "已有 {count} 个任务在排队，请稍后再试。",
    ),
    "studio.port": (
        "The studio can't listen on {host} port {port} ({why}); choose another with --port.",
        "无法监听 {host} 端口 {port}（{why}），请用 --port 换一个端口。",
    ),
    "studio.invalid": (
        "What was sent is not right: {where}: {what}.",
        "请求内容有误：{where}：{what}。",
    ),
    "studio.no_page": ("There is nothing here.", "这里什么都没有。"),
    "studio.no_method": ("This can't be done here.", "此处不支持该操作。"),
    "studio.login_needed": ("Log in first.", "请先登录。"),
    "studio.role": (
        "Your account may not do this; it takes the role {role}.",
        "你的账号没有此权限，需要 {role} 角色。",
    ),
    "studio.not_found": ("There is no {id} here.", "没有找到 {id}。"),
    "studio.key_reused": (
        "This idempotency key came with another request before; use a new one.",
        "该幂等键已用于另一个请求，请换一个新的。",
    ),
    "studio.csrf": (
        "The page is out of date. Reload it and try again.",
        "页面已过期，请刷新后重试。",
    ),
    "studio.wrong_login": ("Name and password do not match.", "用户名或密码不正确。"),
    "studio.short_password": (
        "The password needs at least {least} characters.",
        "密码至少需要 {least} 个字符。",
    ),
    "studio.account_name": (
        "An account needs a name of 1 to 100 characters.",
        "账号名称需要 1 到 100 个字符。",
    ),
    "studio.no_role": (
        "There is no role {role!r}; there are {known}.",
        "没有 {role!r} 这个角色，可选：{known}。",
    ),
    "studio.name_taken": ("The name {name!r} is taken.", "名称 {name!r} 已被占用。"),
    "studio.suffix": (
        "{name}: this is not a photo the studio reads; it reads {known}.",
        "{name}：不支持这种文件，支持的格式：{known}。",
    ),
    "studio.full": (
        "Your workspace is full ({photos} photos or {gb} GB). Delete photos you no longer need.",
        "工作区已满（{photos} 张照片或 {gb} GB），请删除不再需要的照片。",
    ),
    "studio.not_ready": (
        "This photo is still being read, or can't be read.",
        "这张照片仍在读取，或无法读取。",
    ),
    "studio.not_learned": (
        "This look is still being learned; wait a moment.",
        "这个风格仍在学习中，请稍候。",
    ),
    "studio.no_sheet": (
        "This look has no picture of its feed.",
        "这个风格没有附带照片集缩略图。",
    ),
    "studio.no_results": ("This job has made nothing yet.", "该任务还没有结果。"),
    "studio.too_large": (
        "This is larger than the {limit} MB that are allowed.",
        "文件超过了允许的 {limit} MB。",
    ),
    "studio.host": (
        "The studio is not known by this name. Open the address that it said when it started.",
        "该地址不被信任，请使用启动时显示的网址。",
    ),
    "studio.origin": (
        "Another site may not change anything here.",
        "不允许其他网站在此进行更改。",
    ),
    "studio.rate": (
        "That was too much at once. Wait a few seconds.",
        "请求过于频繁，请稍等几秒。",
    ),
    "studio.started": (
        "The studio is open at {url} (Ctrl-C ends it)",
        "工作室已启动：{url}（按 Ctrl-C 结束）",
    ),
    "studio.needs_accounts": (
        "Others can reach {host}: the studio needs accounts there. Add one with "
        "'looksmith studio --add-account NAME', then start it with --accounts.",
        "{host} 可被他人访问，必须启用账号。请先用 'looksmith studio --add-account 名称' "
        "添加账号，再加 --accounts 启动。",
    ),
    "studio.extra": (
        "The studio needs packages that are not installed ({why}): "
        "pip install 'looksmith[studio]'.",
        "工作室需要尚未安装的包（{why}）：pip install 'looksmith[studio]'。",
    ),
    "studio.no_accounts": (
        "There is no account yet. Add one with 'looksmith studio --add-account NAME'.",
        "还没有账号，请用 'looksmith studio --add-account 名称' 添加。",
    ),
    "studio.account_added": (
        "Account {name!r} ({role}) added.",
        "已添加账号 {name!r}（{role}）。",
    ),
    "studio.cancelled": ("The job was cancelled.", "任务已取消。"),
    "studio.unreachable": (
        "{url}: the studio can't be reached ({why}).",
        "{url}：无法连接工作室（{why}）。",
    ),
    "studio.no_photos": ("Add a photo first.", "请先添加一张照片。"),
    "studio.last_owner": (
        "This is the last owner; add another before.",
        "这是最后一位所有者，请先添加另一位。",
    ),
    "studio.local_only": (
        "This studio runs without accounts; start it with --accounts.",
        "当前未启用账号，请用 --accounts 启动。",
    ),
    "studio.no_account": ("There is no account {name!r}.", "没有账号 {name!r}。"),
    "studio.password": ("Password", "密码"),
    "help.html": (
        "The .html file to write: a page with this look for photos and the camera, offline.",
        "要写入的 .html 文件：含此风格的离线页面，可用于照片和相机。",
    ),
    "help.studio": (
        "Open the studio: the page and the API to use Looksmith in a browser.",
        "打开工作室：在浏览器中使用 Looksmith 的页面和接口。",
    ),
    "help.studio_host": ("Address to listen on.", "监听地址。"),
    "help.studio_port": ("Port to listen on.", "监听端口。"),
    "help.studio_folder": ("Folder for the studio's files.", "工作室的数据文件夹。"),
    "help.studio_workers": ("Processes that do the work.", "工作进程数。"),
    "help.studio_accounts": ("People log in.", "启用账号登录。"),
    "help.studio_https": (
        "Browsers come over HTTPS, through a proxy.",
        "浏览器经由代理以 HTTPS 访问。",
    ),
    "help.studio_hosts": (
        "Names by which browsers may call the studio.",
        "允许浏览器使用的主机名。",
    ),
    "help.studio_add": (
        "Add an account of this name (its password is asked for) and end.",
        "添加该名称的账号（会询问密码）后退出。",
    ),
    "help.studio_role": (
        "Role of the account: owner, creator, viewer.",
        "账号角色：owner、creator、viewer。",
    ),
    "help.studio_workspace": (
        "Account whose workspace the new one shares; without, it gets its own.",
        "与该账号共享工作区；不填则新建工作区。",
    ),
    "help.studio_open": ("Open the page in the browser.", "在浏览器中打开页面。"),
}
